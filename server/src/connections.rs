//! Connections: how many there may be at once, and how long each may take to say what it wants. A browser
//! says it in one go; whoever sends a byte a minute to fifty thousand connections is no browser.

use axum::Router;
use axum::extract::ConnectInfo;
use hyper::body::Incoming;
use hyper::server::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tower::ServiceExt as _;

/// What connections are held to.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Most at once. Others wait unaccepted.
    pub most: u32,
    /// How long a new connection may say nothing.
    pub silence: Duration,
    /// How long a request's head may take, and how long a connection may rest between two: longer than the
    /// minute for which proxies keep one, so that none is closed under a request.
    pub head: Duration,
    /// How long requests under way may take to end when the server stops.
    pub farewell: Duration,
}

impl Default for Bounds {
    /// As many connections as the system gives the process descriptors, but for those that the database needs.
    fn default() -> Self {
        let descriptors = descriptors().unwrap_or(1_024);
        Self {
            most: descriptors.saturating_sub(124).clamp(100, 20_000),
            silence: Duration::from_secs(15),
            head: Duration::from_secs(75),
            farewell: Duration::from_secs(30),
        }
    }
}

/// How many files and connections this process may have open, where the system tells.
fn descriptors() -> Option<u32> {
    let limits = std::fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Serves `routes` until `shutdown` is done, then finishes what is under way.
///
/// # Errors
/// None after the listener was made; a connection that fails concerns nobody else.
pub async fn serve(
    listener: TcpListener,
    routes: Router,
    bounds: Bounds,
    shutdown: impl Future<Output = ()> + Send,
) -> io::Result<()> {
    let room = Arc::new(Semaphore::new(bounds.most as usize));
    let (stop, stopping) = watch::channel(false);
    let mut shutdown = pin!(shutdown);
    loop {
        let accepted = async {
            let place = Arc::clone(&room).acquire_owned().await;
            let place = place.map_err(io::Error::other)?;
            Ok::<_, io::Error>((place, listener.accept().await?))
        };
        let accepted = tokio::select! {
            () = &mut shutdown => break,
            accepted = accepted => accepted,
        };
        match accepted {
            Ok((place, (stream, peer))) => {
                let (routes, stopping) = (routes.clone(), stopping.clone());
                tokio::spawn(async move {
                    talk(stream, peer, routes, bounds, stopping).await;
                    drop(place);
                });
            }
            Err(fault) => {
                // Too few descriptors, most likely: some will be free again.
                tracing::warn!(%fault, "cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
        }
    }
    drop(listener);
    let _ = stop.send(true);
    let _ = tokio::time::timeout(bounds.farewell, room.acquire_many(bounds.most)).await;
    Ok(())
}

async fn talk(
    stream: TcpStream,
    peer: SocketAddr,
    routes: Router,
    bounds: Bounds,
    mut stopping: watch::Receiver<bool>,
) {
    let _ = stream.set_nodelay(true);
    let is_http2 = tokio::select! {
        _ = stopping.wait_for(|stop| *stop) => return,
        is_http2 = tokio::time::timeout(bounds.silence, is_http2(&stream)) => is_http2,
    };
    let Ok(Some(is_http2)) = is_http2 else {
        return;
    };
    let service = routes.map_request(move |mut request: hyper::Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        request
    });
    let service = TowerToHyperService::new(service);
    let io = TokioIo::new(stream);
    // What goes wrong on a connection is its peer's affair.
    if is_http2 {
        let mut builder = http2::Builder::new(TokioExecutor::new());
        builder
            .timer(TokioTimer::new())
            .keep_alive_interval(bounds.head)
            .keep_alive_timeout(bounds.head);
        let mut connection = pin!(builder.serve_connection(io, service));
        tokio::select! {
            _ = connection.as_mut() => return,
            _ = stopping.wait_for(|stop| *stop) => connection.as_mut().graceful_shutdown(),
        }
        let _ = connection.await;
    } else {
        let mut builder = http1::Builder::new();
        builder
            .timer(TokioTimer::new())
            .header_read_timeout(bounds.head);
        let mut connection = pin!(builder.serve_connection(io, service));
        tokio::select! {
            _ = connection.as_mut() => return,
            _ = stopping.wait_for(|stop| *stop) => connection.as_mut().graceful_shutdown(),
        }
        let _ = connection.await;
    }
}

/// Whether a connection begins as HTTP/2 does; nothing when it ends before it says so.
async fn is_http2(stream: &TcpStream) -> Option<bool> {
    const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    let mut start = [0; PREFACE.len()];
    loop {
        match stream.peek(&mut start).await {
            Ok(0) | Err(_) => return None,
            Ok(n) if start[..n] != PREFACE[..n] => return Some(false),
            Ok(n) if n == PREFACE.len() => return Some(true),
            Ok(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::routing::get;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::sync::oneshot;

    async fn served(bounds: Bounds) -> (SocketAddr, oneshot::Sender<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let routes = Router::new().route("/", get(|| async { "here" }));
        let (stop, stopped) = oneshot::channel::<()>();
        tokio::spawn(serve(listener, routes, bounds, async {
            let _ = stopped.await;
        }));
        (address, stop)
    }

    fn short(most: u32) -> Bounds {
        Bounds {
            most,
            silence: Duration::from_millis(150),
            head: Duration::from_millis(150),
            ..Bounds::default()
        }
    }

    /// Everything that comes until the other side closes.
    async fn heard(mut stream: TcpStream) -> String {
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes).await;
        String::from_utf8_lossy(&bytes).into_owned()
    }

    #[tokio::test]
    async fn a_connection_that_says_nothing_or_never_ends_its_head_is_closed() {
        let (address, _stop) = served(short(10)).await;
        for beginning in [
            "",
            "P",
            "PRI * HTTP/2.0\r\n",
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            "GET / HTTP/1.1\r\nhost: x\r\nx-slow: ",
        ] {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(beginning.as_bytes()).await.unwrap();
            let heard = tokio::time::timeout(Duration::from_secs(20), heard(stream)).await;
            assert!(
                heard.is_ok_and(|heard| !heard.contains("here")),
                "{beginning:?}"
            );
        }
    }

    #[tokio::test]
    async fn whoever_comes_when_there_is_no_room_is_served_when_there_is() {
        let (address, _stop) = served(short(2)).await;
        let idle = [
            TcpStream::connect(address).await.unwrap(),
            TcpStream::connect(address).await.unwrap(),
        ];
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
        stream.write_all(request).await.unwrap();
        let heard = tokio::time::timeout(Duration::from_secs(20), heard(stream)).await;
        assert!(heard.is_ok_and(|heard| heard.ends_with("here")));
        drop(idle);
    }

    #[tokio::test]
    async fn a_server_that_stops_closes_idle_connections() {
        let (address, stop) = served(Bounds::default()).await;
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n";
        stream.write_all(request).await.unwrap();
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"HTTP/1.1 200");
        drop(stop);
        let heard = tokio::time::timeout(Duration::from_secs(5), heard(stream)).await;
        assert!(heard.is_ok());
    }
}
