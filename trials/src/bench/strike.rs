//! Requests made beforehand, sent as fast as they are answered: each connection sends its next when the last has come back.

use crate::Failure;
use crate::servers::told;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Requests that one connection sends one after the other, such as the batches of a conversation.
pub type Series = Vec<Vec<u8>>;

/// What to send where.
#[derive(Clone, Debug)]
pub struct Aim {
    /// The servers, which connections are spread over; with `alternate` each request goes to the next.
    pub servers: Vec<SocketAddr>,
    /// Whether the requests of one series go to different servers.
    pub alternate: bool,
    /// Connections at once.
    pub connections: usize,
    /// For how long.
    pub time: Duration,
    /// Begin again with the first series when all are sent: for what may be asked twice.
    pub again: bool,
}

/// What came of it.
#[derive(Clone, Debug, Default)]
pub struct Hits {
    /// Requests answered by 200 or 204 in time.
    pub answered: usize,
    /// Requests answered by anything else.
    pub refused: usize,
    /// Over which time.
    pub time: Duration,
    /// How long each took, in microseconds, in order of length.
    pub took_us: Vec<u32>,
}

impl Hits {
    /// Answered in a second.
    #[must_use]
    pub fn per_second(&self) -> f64 {
        self.answered as f64 / self.time.as_secs_f64().max(1e-9)
    }

    /// How long so many of a hundred took at most, in milliseconds.
    #[must_use]
    pub fn percentile_ms(&self, percent: usize) -> f64 {
        let last = self.took_us.len().saturating_sub(1);
        let place = (self.took_us.len() * percent / 100).min(last);
        self.took_us
            .get(place)
            .map_or(0.0, |us| f64::from(*us) / 1_000.0)
    }
}

/// Sends until the time is over or everything is sent.
///
/// # Errors
/// When a server cannot be reached, or breaks off.
pub async fn strike(aim: &Aim, all: &Arc<Vec<Series>>) -> Result<Hits, Failure> {
    let next = Arc::new(AtomicUsize::new(0));
    let over = Arc::new(AtomicBool::new(false));
    let mut tasks = JoinSet::new();
    let begun = Instant::now();
    for n in 0..aim.connections {
        let (aim, all) = (aim.clone(), Arc::clone(all));
        let (next, over) = (Arc::clone(&next), Arc::clone(&over));
        tasks.spawn(async move { one(n, &aim, &all, &next, &over, begun + aim.time).await });
    }
    let mut hits = Hits::default();
    while let Some(done) = tasks.join_next().await {
        let one = done.map_err(|fault| fault.to_string())??;
        hits.answered += one.answered;
        hits.refused += one.refused;
        hits.time = hits.time.max(one.time);
        hits.took_us.extend(one.took_us);
    }
    hits.took_us.sort_unstable();
    Ok(hits)
}

async fn one(
    number: usize,
    aim: &Aim,
    all: &[Series],
    next: &AtomicUsize,
    over: &AtomicBool,
    end: Instant,
) -> Result<Hits, Failure> {
    let begun = end - aim.time;
    let mut lines = Vec::new();
    let servers = aim.servers.len();
    for place in 0..servers {
        let address = aim.servers[(number + place) % servers];
        lines.push(connect(address).await?);
        if !aim.alternate {
            break;
        }
    }
    let mut hits = Hits::default();
    let mut buffer = Vec::with_capacity(16 * 1_024);
    'all: loop {
        let place = next.fetch_add(1, Ordering::Relaxed);
        let series = match all.get(place) {
            Some(series) => series,
            None if aim.again => &all[place % all.len()],
            None => {
                over.store(true, Ordering::Relaxed);
                break;
            }
        };
        for (n, request) in series.iter().enumerate() {
            if over.load(Ordering::Relaxed) || Instant::now() >= end {
                break 'all;
            }
            let which = n % lines.len();
            let sent = Instant::now();
            let asked = ask(&mut lines[which], request, &mut buffer);
            let status = tokio::time::timeout(PATIENCE, asked)
                .await
                .map_err(|_| "a server does not answer")??;
            let took = sent.elapsed().as_micros();
            if matches!(status, 200 | 204 | 304) {
                hits.answered += 1;
                hits.took_us.push(u32::try_from(took).unwrap_or(u32::MAX));
            } else {
                hits.refused += 1;
            }
        }
    }
    hits.time = begun.elapsed();
    Ok(hits)
}

async fn connect(address: SocketAddr) -> Result<TcpStream, Failure> {
    let stream = TcpStream::connect(address).await.map_err(told(address))?;
    stream.set_nodelay(true).map_err(told(address))?;
    Ok(stream)
}

/// Sends a request and reads its answer; gives back the status.
async fn ask(stream: &mut TcpStream, request: &[u8], buffer: &mut Vec<u8>) -> Result<u16, Failure> {
    stream.write_all(request).await.map_err(told("sending"))?;
    buffer.clear();
    let mut whole = None;
    loop {
        if whole.is_some_and(|whole| buffer.len() >= whole) {
            return status(buffer).ok_or_else(|| "no status in an answer".into());
        }
        let read = stream.read_buf(buffer).await.map_err(told("receiving"))?;
        if read == 0 {
            return Err("a server broke off".into());
        }
        if whole.is_none() {
            whole = length(buffer);
        }
    }
}

/// How long an answer is, once its headers are here.
fn length(buffer: &[u8]) -> Option<usize> {
    let end = buffer.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let headers = std::str::from_utf8(&buffer[..end]).ok()?;
    let body = headers.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        let is_length = name.eq_ignore_ascii_case("content-length");
        is_length.then(|| value.trim().parse::<usize>().ok())?
    });
    Some(end + body.unwrap_or(0))
}

fn status(buffer: &[u8]) -> Option<u16> {
    std::str::from_utf8(buffer.get(9..12)?).ok()?.parse().ok()
}

/// A request as it goes over the line.
#[must_use]
pub fn request(method: &str, path: &str, media_type: &str, body: &[u8]) -> Vec<u8> {
    let mut request = format!(
        "{method} {path} HTTP/1.1\r\nhost: localhost\r\naccept-encoding: br\r\ncontent-type: {media_type}\r\n\
         content-length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    request.extend_from_slice(body);
    request
}
