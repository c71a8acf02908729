//! A network between browsers and a server that does what networks do: it delays, drops in the middle, resets, goes silent
//! with the connection open, and ends a stream before its end.

use crate::Failure;
use crate::load::mix;
use crate::servers::told;
use fastrand::Rng;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Bytes carried at a time.
const PIECE: usize = 4_096;

/// What becomes of one direction of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// Everything arrives.
    Whole,
    /// Everything arrives, each piece so many milliseconds late.
    Late(u64),
    /// After so many bytes both ends are reset.
    Reset(usize),
    /// After so many bytes nothing arrives any more, and nobody is told.
    Silent(usize),
    /// After so many bytes the stream ends as if that were all.
    Cut(usize),
}

impl Fate {
    /// What befalls the next connection.
    fn roll(dice: &mut Rng, most: usize) -> Self {
        match dice.u8(..100) {
            0..60 => Fate::Whole,
            60..78 => Fate::Late(dice.u64(1..80)),
            78..88 => Fate::Reset(dice.usize(..most)),
            88..93 => Fate::Silent(dice.usize(..most)),
            _ => Fate::Cut(dice.usize(..most)),
        }
    }
}

/// A proxy. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Proxy {
    /// Where it listens.
    pub address: SocketAddr,
    kind: Arc<AtomicBool>,
    faults: Arc<AtomicUsize>,
    cut: Arc<watch::Sender<u64>>,
}

impl Proxy {
    /// Listens on a free port, and carries to `target`. What befalls connections follows from `seed`, in the order in which they
    /// are made.
    ///
    /// # Errors
    /// When there is no port.
    pub async fn open(target: SocketAddr, seed: u64) -> Result<Self, Failure> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
        let listener = listener.map_err(told("a port for the proxy"))?;
        let address = listener.local_addr().map_err(told("the proxy"))?;
        let proxy = Self {
            address,
            kind: Arc::default(),
            faults: Arc::default(),
            cut: Arc::new(watch::Sender::new(0)),
        };
        let serving = proxy.clone();
        tokio::spawn(async move {
            let mut number = 0;
            while let Ok((browser, _)) = listener.accept().await {
                number += 1;
                let dice = Rng::with_seed(mix(seed, &[number]));
                let serving = serving.clone();
                tokio::spawn(async move { serving.carry(browser, target, dice).await });
            }
        });
        Ok(proxy)
    }

    /// Resets every connection there is.
    pub fn reset_all(&self) {
        self.cut.send_modify(|cuts| *cuts += 1);
    }

    /// Carries every new connection whole from now on, or no longer.
    pub fn be_kind(&self, kind: bool) {
        self.kind.store(kind, Ordering::Relaxed);
    }

    /// How many connections something befell.
    #[must_use]
    pub fn faults(&self) -> usize {
        self.faults.load(Ordering::Relaxed)
    }

    async fn carry(&self, browser: TcpStream, target: SocketAddr, mut dice: Rng) {
        let mut cut = self.cut.subscribe();
        cut.mark_unchanged();
        let Ok(server) = TcpStream::connect(target).await else {
            reset(&browser);
            return;
        };
        let _ = (browser.set_nodelay(true), server.set_nodelay(true));
        // A connection carries a few requests: several thousand bytes up, fewer down.
        let (up, down) = if self.kind.load(Ordering::Relaxed) {
            (Fate::Whole, Fate::Whole)
        } else {
            (Fate::roll(&mut dice, 12_000), Fate::roll(&mut dice, 4_000))
        };
        if (up, down) != (Fate::Whole, Fate::Whole) {
            self.faults.fetch_add(1, Ordering::Relaxed);
        }
        let (from_browser, to_browser) = browser.into_split();
        let (from_server, to_server) = server.into_split();
        let ends = tokio::select! {
            ends = pump_both(from_browser, to_server, up, from_server, to_browser, down) => ends,
            _ = cut.changed() => return,
        };
        if let Some((one, other)) = ends {
            reset(one.as_ref());
            reset(other.as_ref());
        }
    }
}

/// Lets the next close of a stream be a reset.
fn reset(stream: &TcpStream) {
    let _ = stream.set_zero_linger();
}

/// The writing ends that are to be reset, if they are.
type Ends = Option<(OwnedWriteHalf, OwnedWriteHalf)>;

async fn pump_both(
    from_browser: OwnedReadHalf,
    mut to_server: OwnedWriteHalf,
    up: Fate,
    from_server: OwnedReadHalf,
    mut to_browser: OwnedWriteHalf,
    down: Fate,
) -> Ends {
    let is_reset = {
        let mut going_up = std::pin::pin!(pump(from_browser, &mut to_server, up));
        let mut coming_down = std::pin::pin!(pump(from_server, &mut to_browser, down));
        // Whichever way ends first, the other is still heard, unless it was a reset.
        tokio::select! {
            reset = &mut going_up => reset || coming_down.await,
            reset = &mut coming_down => reset || going_up.await,
        }
    };
    is_reset.then_some((to_server, to_browser))
}

/// Carries one way; says whether it ended in a reset.
async fn pump(mut from: OwnedReadHalf, to: &mut OwnedWriteHalf, fate: Fate) -> bool {
    let mut carried = 0;
    let mut piece = [0; PIECE];
    loop {
        let Ok(read) = from.read(&mut piece).await else {
            return true;
        };
        if read == 0 {
            let _ = to.shutdown().await;
            return false;
        }
        let limit = match fate {
            Fate::Whole | Fate::Late(_) => usize::MAX,
            Fate::Reset(limit) | Fate::Silent(limit) | Fate::Cut(limit) => limit,
        };
        if let Fate::Late(ms) = fate {
            tokio::time::sleep(Duration::from_millis(ms)).await;
        }
        let rest = read.min(limit - carried);
        if to.write_all(&piece[..rest]).await.is_err() {
            return true;
        }
        carried += rest;
        if rest < read {
            match fate {
                Fate::Whole | Fate::Late(_) | Fate::Reset(_) => return true,
                Fate::Cut(_) => {
                    let _ = to.shutdown().await;
                    return false;
                }
                // Swallowed until whoever sends gives up.
                Fate::Silent(_) => while matches!(from.read(&mut piece).await, Ok(1..)) {},
            }
        }
    }
}
