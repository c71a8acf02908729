//! One visitor's way into the world.

use super::authority::Authority;
use super::diary::{Diary, Request as Noted};
use super::weather::{Fault, Weather};
use super::{CHAT_HOST, EMPTY, pages};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{self, HeaderMap, HeaderName, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

type Body = Full<Bytes>;

/// Who is where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places {
    /// The chat origin's host, with its port where it has one of its own.
    pub chat: String,
    /// Where the chat origin is served.
    pub chat_at: SocketAddr,
    /// Other hosts that somebody serves, and where. Every host that is not among them has plain pages.
    pub sites: Vec<(String, SocketAddr)>,
}

impl Places {
    /// The chat on its own site, and nobody else.
    #[must_use]
    pub fn of_plans(chat_at: SocketAddr) -> Self {
        Self {
            chat: CHAT_HOST.into(),
            chat_at,
            sites: Vec::new(),
        }
    }
}

/// A proxy for one visitor's browser.
pub struct Front {
    port: u16,
    diary: Arc<Diary>,
    weather: Arc<Weather>,
    serving: JoinHandle<()>,
}

#[derive(Clone)]
struct World {
    tls: TlsAcceptor,
    places: Places,
    diary: Arc<Diary>,
    weather: Arc<Weather>,
    http: Client<HttpConnector, Body>,
}

/// The network is away: the connection ends without an answer.
#[derive(Debug, thiserror::Error)]
#[error("the network is away")]
struct Away;

impl Front {
    /// Begins to serve.
    ///
    /// # Errors
    /// When there is no port.
    pub fn start(runtime: &Handle, authority: &Authority, places: Places) -> Result<Self, String> {
        let listener =
            std::net::TcpListener::bind("127.0.0.1:0").map_err(|fault| fault.to_string())?;
        listener
            .set_nonblocking(true)
            .map_err(|fault| fault.to_string())?;
        let port = listener
            .local_addr()
            .map_err(|fault| fault.to_string())?
            .port();
        let diary = Arc::new(Diary::default());
        let weather = Arc::new(Weather::default());
        let world = World {
            tls: TlsAcceptor::from(authority.config()),
            places,
            diary: Arc::clone(&diary),
            weather: Arc::clone(&weather),
            http: Client::builder(TokioExecutor::new()).build_http(),
        };
        let serving = runtime.spawn(async move {
            // A listener that the machine has given is one.
            if let Ok(listener) = TcpListener::from_std(listener) {
                world.listen(listener).await;
            }
        });
        Ok(Self {
            port,
            diary,
            weather,
            serving,
        })
    }

    /// Where it listens, on this machine.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What it has seen.
    #[must_use]
    pub fn diary(&self) -> &Diary {
        &self.diary
    }

    /// What is laid over the world it shows.
    #[must_use]
    pub fn weather(&self) -> &Weather {
        &self.weather
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl World {
    async fn listen(self, listener: TcpListener) {
        while let Ok((stream, _)) = listener.accept().await {
            let world = self.clone();
            tokio::spawn(async move {
                let outer = service_fn(|request| {
                    let world = world.clone();
                    async move { world.outer(request).await }
                });
                let _ = http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), outer)
                    .with_upgrades()
                    .await;
            });
        }
    }

    /// What the browser asks a proxy: a tunnel to a host, or a page without TLS.
    async fn outer(self, request: Request<Incoming>) -> Result<Response<Body>, Away> {
        let named = request.uri().authority();
        if request.method() != Method::CONNECT {
            let host = named.map(ToString::to_string).unwrap_or_default();
            return self.inner(&host, request).await;
        }
        let host = named
            .map(|named| named.host().to_owned())
            .unwrap_or_default();
        if host == self.places.chat && self.diary.is_away() {
            return Err(Away);
        }
        tokio::spawn(async move {
            if let Ok(upgraded) = hyper::upgrade::on(request).await {
                let _ = self.tunnel(host, TokioIo::new(upgraded)).await;
            }
        });
        Ok(Response::new(Body::default()))
    }

    async fn tunnel(
        self,
        host: String,
        stream: TokioIo<hyper::upgrade::Upgraded>,
    ) -> io::Result<()> {
        let stream = self.tls.accept(stream).await?;
        let inner = service_fn(|request| {
            let (world, host) = (self.clone(), host.clone());
            async move { world.inner(&host, request).await }
        });
        http1::Builder::new()
            .serve_connection(TokioIo::new(stream), inner)
            .await
            .map_err(io::Error::other)
    }

    async fn inner(self, host: &str, request: Request<Incoming>) -> Result<Response<Body>, Away> {
        let weather = Arc::clone(&self.weather);
        let answer = self.reach(host, request).await?;
        let bytes = hyper::body::Body::size_hint(answer.body()).lower();
        tokio::time::sleep(weather.delay(usize::try_from(bytes).unwrap_or(usize::MAX))).await;
        Ok(answer)
    }

    /// Whoever is at a host answers.
    async fn reach(self, host: &str, request: Request<Incoming>) -> Result<Response<Body>, Away> {
        let path = request
            .uri()
            .path_and_query()
            .map_or("/", |path| path.as_str())
            .to_owned();
        if path == EMPTY {
            return Ok(html(pages::empty()));
        }
        let (parts, body) = request.into_parts();
        if let Some(page) = self.weather.page(host, &parts) {
            return Ok(page);
        }
        let request = Request::from_parts(parts, body);
        if host == self.places.chat {
            return self.chat(path, request).await;
        }
        let served = self.places.sites.iter().find(|(site, _)| site == host);
        if let Some((_, address)) = served {
            return self.clone().pass_on(*address, host, request).await;
        }
        Ok(site(&path, request.headers()))
    }

    async fn chat(self, path: String, request: Request<Incoming>) -> Result<Response<Body>, Away> {
        let cookie = request.headers().get(header::COOKIE);
        let cookie = cookie
            .and_then(|cookie| cookie.to_str().ok())
            .map(str::to_owned);
        let mut noted = Noted {
            method: request.method().to_string(),
            path,
            with_cookie: cookie.is_some(),
            status: 0,
        };
        let diary = Arc::clone(&self.diary);
        let _under_way = diary.begins();
        if diary.is_away() {
            diary.note(noted);
            return Err(Away);
        }
        if let Some(cookie) = cookie {
            diary.read_cookie(&cookie);
        }
        let answer = self.ask_chat(&noted.path, request).await;
        if let Ok(answer) = &answer {
            noted.status = answer.status().as_u16();
            for cookie in answer.headers().get_all(header::SET_COOKIE) {
                diary.read_cookie(cookie.to_str().unwrap_or_default());
            }
        }
        diary.note(noted);
        answer
    }

    /// What the chat origin answers, or what befalls the request on its way.
    async fn ask_chat(
        &self,
        path: &str,
        mut request: Request<Incoming>,
    ) -> Result<Response<Body>, Away> {
        let fault = self.weather.fault(path);
        match fault {
            Some(Fault::Broken) => return Err(Away),
            Some(Fault::Hanging(time)) => {
                tokio::time::sleep(time).await;
                return Err(Away);
            }
            Some(Fault::Status(status)) => {
                let mut answer = Response::new(Body::default());
                *answer.status_mut() = StatusCode::from_u16(status).map_err(|_| Away)?;
                return Ok(answer);
            }
            Some(Fault::Text(text, kind)) => {
                let mut answer = Response::new(Body::from(text));
                let kind = HeaderValue::from_static(kind);
                answer.headers_mut().insert(header::CONTENT_TYPE, kind);
                return Ok(answer);
            }
            Some(Fault::Retyped(_) | Fault::Halved) | None => {}
        }
        if self.weather.keeps_bodies() {
            request.headers_mut().remove(header::ACCEPT_ENCODING);
        }
        let (chat, at) = (self.places.chat.clone(), self.places.chat_at);
        let answer = self.clone().pass_on(at, &chat, request).await?;
        let (mut parts, body) = answer.into_parts();
        let mut body = body.collect().await.map_err(|_| Away)?.to_bytes();
        self.weather.keep_body(path, &body);
        if let Some(Fault::Retyped(kind)) = fault {
            let kind = HeaderValue::from_static(kind);
            parts.headers.insert(header::CONTENT_TYPE, kind);
        } else if fault == Some(Fault::Halved) {
            body.truncate(body.len() / 2);
            parts.headers.remove(header::CONTENT_LENGTH);
        }
        Ok(Response::from_parts(parts, Full::new(body)))
    }

    /// Hands a request to a server of this machine.
    async fn pass_on(
        self,
        address: SocketAddr,
        host: &str,
        request: Request<Incoming>,
    ) -> Result<Response<Body>, Away> {
        let (mut parts, body) = request.into_parts();
        let body = body.collect().await.map_err(|_| Away)?.to_bytes();
        let path = parts
            .uri
            .path_and_query()
            .map_or("/", |path| path.as_str())
            .to_owned();
        self.diary.read(&path, &body);
        parts.uri = format!("http://{address}{path}")
            .parse()
            .map_err(|_| Away)?;
        parts.version = hyper::Version::HTTP_11;
        let named = HeaderValue::from_str(host).map_err(|_| Away)?;
        parts.headers.insert(header::HOST, named);
        parts.headers.remove(header::CONNECTION);
        parts.headers.insert(
            HeaderName::from_static("x-forwarded-proto"),
            HeaderValue::from_static("https"),
        );
        let request = Request::from_parts(parts, Full::new(body));
        let answer = self.http.request(request).await.map_err(|_| Away)?;
        let (mut parts, body) = answer.into_parts();
        let body = body.collect().await.map_err(|_| Away)?.to_bytes();
        parts.headers.remove(header::TRANSFER_ENCODING);
        parts.headers.remove(header::CONNECTION);
        Ok(Response::from_parts(parts, Full::new(body)))
    }
}

/// What any other site answers.
fn site(path: &str, headers: &HeaderMap) -> Response<Body> {
    if path.starts_with("/favicon") {
        let mut nothing = Response::new(Body::default());
        *nothing.status_mut() = StatusCode::NO_CONTENT;
        return nothing;
    }
    if path.ends_with(".pdf") {
        let mut document = Response::new(Body::from("A document."));
        document
            .headers_mut()
            .insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain"));
        return document;
    }
    let language = headers
        .get(header::ACCEPT_LANGUAGE)
        .and_then(|languages| languages.to_str().ok())
        .and_then(|languages| languages.split([',', ';']).next())
        .unwrap_or("en");
    html(pages::page(path, language))
}

fn html(page: String) -> Response<Body> {
    let mut answer = Response::new(Body::from(page));
    let kind = HeaderValue::from_static("text/html; charset=utf-8");
    answer.headers_mut().insert(header::CONTENT_TYPE, kind);
    answer
}
