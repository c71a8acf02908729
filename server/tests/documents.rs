//! Documents that cards offer: fetched when their dialogue is published, and served from here.

mod house;

use axum::Router;
use axum::body::Body;
use axum::http::header;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use engine::compiled::{CardKind, DocumentFile};
use engine::ids::DAY;
use engine::memory::RESUME_MS;
use engine::wire::{Input, Viewing};
use futures_util::stream;
use house::{Browser, House, Tenant};
use reqwest::StatusCode;
use serde_json::{Value as Json, json};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::net::TcpListener;

/// More than one stored part, each byte told from its neighbours.
fn pdf(seed: u8) -> Vec<u8> {
    let mut content = b"%PDF-1.7\n".to_vec();
    content.extend((0..700_000_u32).map(|n| (n % 251) as u8 ^ seed));
    content
}

/// A customer's own web server.
struct Site {
    address: SocketAddr,
    /// How often its report was fetched.
    fetched: Arc<AtomicUsize>,
}

impl Site {
    async fn open(inside: SocketAddr) -> Self {
        let fetched = Arc::new(AtomicUsize::new(0));
        let times = Arc::clone(&fetched);
        let report = move || {
            let times = Arc::clone(&times);
            async move {
                let seed = u8::try_from(times.fetch_add(1, Ordering::SeqCst)).expect("few");
                // Whatever it calls itself, it is one.
                ([(header::CONTENT_TYPE, "text/plain")], pdf(seed))
            }
        };
        let endless = || async {
            let more = stream::repeat_with(|| Ok::<_, std::io::Error>(vec![b' '; 64 * 1024]));
            Body::from_stream(more)
        };
        let page = || async {
            (
                [(header::CONTENT_TYPE, "application/pdf")],
                "<h1>Log in</h1>",
            )
        };
        let large = || async {
            let length = [(header::CONTENT_LENGTH, "25000001")];
            (
                length,
                Body::from_stream(stream::pending::<Result<Vec<u8>, std::io::Error>>()),
            )
                .into_response()
        };
        let leads =
            move |to: String| get(move || async move { Redirect::temporary(&to) as Redirect });
        let routes = Router::new()
            .route("/report.pdf", get(report))
            .route("/moved.pdf", leads("/report.pdf".into()))
            .route("/round.pdf", leads("/round.pdf".into()))
            .route("/inside.pdf", leads(format!("http://{inside}/secret.pdf")))
            .route("/page.pdf", get(page))
            .route("/endless.pdf", get(endless))
            .route("/large.pdf", get(large));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Self { address, fetched }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

struct Stage {
    house: House,
    site: Site,
    /// Nobody may come here.
    inside: TcpListener,
}

impl Stage {
    async fn set() -> Self {
        let inside = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let site = Site::open(inside.local_addr().expect("an address")).await;
        let allowed = site.address.to_string();
        let house = House::open_with(|config| config.outgoing_allowed = vec![allowed]).await;
        Self {
            house,
            site,
            inside,
        }
    }

    /// Publishes a dialogue with a card for each document by the API, and takes its edition as the tenant's.
    async fn publish(&mut self, urls: &[String], query: &str) -> Json {
        let mut cards = Vec::new();
        for (n, url) in urls.iter().enumerate() {
            let next = (n + 1 < urls.len()).then(|| format!("paper{}", n + 1));
            cards.push(
                json!({ "id": format!("paper{n}"), "card": "document", "name": "Report", "url": url,
                "text": "Read this.", "opened": next, "declined": next }),
            );
        }
        let document = json!({ "kind": "dialogue", "name": "Papers",
            "audience": { "targets": ["https://w.example/*"] }, "stream": { "cards": cards } });
        let acme = self.house.acme.clone();
        let (status, imported) = self
            .house
            .api(&acme, "POST", "/api/v1/dialogues", Some(document))
            .await;
        assert!(status < 300, "{imported}");
        let path = format!("/api/v1/dialogues/Papers/publish{query}");
        let (status, published) = self.house.api(&acme, "POST", &path, None).await;
        assert_eq!(status, 200, "{published}");
        let id = published["published"][0]["edition"]
            .as_str()
            .expect("an id");
        let id = engine::ids::EditionId::parse(id).expect("an id");
        let compiled = self.house.store.compiled(&acme.scope, id).await;
        let edition = compiled.expect("an edition").editions[0].clone();
        self.house.acme = Tenant {
            id,
            edition,
            ..acme
        };
        published
    }

    /// What the n-th card of the tenant's edition has of its document.
    fn file(&self, n: usize) -> Option<DocumentFile> {
        match &self.house.acme.edition.cards[n].kind {
            CardKind::Document(document) => document.file.clone(),
            other => panic!("{other:?}"),
        }
    }

    async fn get(
        &self,
        path: &str,
        headers: &[(&str, &str)],
    ) -> (StatusCode, Response<()>, Vec<u8>) {
        let mut request = self.house.http.get(self.house.url(path));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = request.send().await.expect("an answer");
        let status = answer.status();
        let mut head = Response::new(());
        *head.headers_mut() = answer.headers().clone();
        (status, head, answer.bytes().await.expect("bytes").to_vec())
    }
}

fn path_of(workspace: &str, file: &DocumentFile) -> String {
    format!("/d/{workspace}/{}.pdf", file.id)
}

#[tokio::test]
async fn a_document_is_fetched_once_and_served_whole_or_in_ranges() {
    let mut stage = Stage::set().await;
    let urls = [stage.site.url("/report.pdf"), stage.site.url("/report.pdf")];
    let published = stage.publish(&urls, "").await;
    assert_eq!(published["not_kept"], json!([]));
    assert_eq!(stage.site.fetched.load(Ordering::SeqCst), 1);
    let file = stage.file(0).expect("a copy");
    assert_eq!(stage.file(1).as_ref(), Some(&file), "of one address");
    let content = pdf(0);
    assert_eq!(file.bytes as usize, content.len());
    let path = path_of("acme", &file);

    let (status, head, body) = stage.get(&path, &[]).await;
    assert_eq!((status, &body), (StatusCode::OK, &content));
    let tag = format!("\"{}\"", file.id);
    for (name, value) in [
        ("content-type", "application/pdf"),
        ("x-content-type-options", "nosniff"),
        ("cache-control", "public, max-age=31536000, immutable"),
        ("accept-ranges", "bytes"),
        ("etag", tag.as_str()),
        ("content-disposition", "inline; filename=\"report.pdf\""),
        ("content-length", content.len().to_string().as_str()),
    ] {
        assert_eq!(head.headers()[name], value, "{name}");
    }
    let (_, head, _) = stage.get(&format!("{path}?download"), &[]).await;
    assert_eq!(
        head.headers()["content-disposition"],
        "attachment; filename=\"report.pdf\""
    );

    // Across the border of two parts, and the end.
    for (range, from, to) in [
        ("bytes=262100-262200", 262_100, 262_201),
        ("bytes=0-0", 0, 1),
        ("bytes=-5", content.len() - 5, content.len()),
        ("bytes=699000-9999999", 699_000, content.len()),
    ] {
        let (status, head, body) = stage.get(&path, &[("range", range)]).await;
        assert_eq!(
            (status, &body[..]),
            (StatusCode::PARTIAL_CONTENT, &content[from..to]),
            "{range}"
        );
        let meant = format!("bytes {from}-{}/{}", to - 1, content.len());
        assert_eq!(head.headers()["content-range"], meant);
        assert_eq!(head.headers()["content-length"], (to - from).to_string());
    }
    let (status, head, body) = stage.get(&path, &[("range", "bytes=9999999-")]).await;
    assert_eq!((status, body.len()), (StatusCode::RANGE_NOT_SATISFIABLE, 0));
    let meant = format!("bytes */{}", content.len());
    assert_eq!(head.headers()["content-range"], meant);
    let known = [("range", "bytes=0-9"), ("if-range", tag.as_str())];
    assert_eq!(stage.get(&path, &known).await.2.len(), 10);
    let other = [("range", "bytes=0-9"), ("if-range", "\"other\"")];
    assert_eq!(stage.get(&path, &other).await.2.len(), content.len());
    let (status, _, body) = stage.get(&path, &[("if-none-match", &tag)]).await;
    assert_eq!((status, body.len()), (StatusCode::NOT_MODIFIED, 0));
    let head = stage.house.http.head(stage.house.url(&path)).send().await;
    let head = head.expect("an answer");
    assert_eq!(head.headers()["content-length"], content.len().to_string());
}

#[tokio::test]
async fn what_cannot_be_fetched_is_told_and_leaves_the_link() {
    let mut stage = Stage::set().await;
    let inside = stage.inside.local_addr().expect("an address");
    let site = &stage.site;
    let told = [
        (site.url("/page.pdf"), "what is there is no PDF"),
        (site.url("/nowhere.pdf"), "the address answers 404"),
        (
            site.url("/endless.pdf"),
            "there is more than 25 MB at the address",
        ),
        (
            site.url("/large.pdf"),
            "there is more than 25 MB at the address",
        ),
        (site.url("/inside.pdf"), "leads inside"),
        (site.url("/round.pdf"), "leads on more than 3 times"),
        (format!("http://{inside}/paper.pdf"), "leads inside"),
        ("https://127.0.0.1/paper.pdf".into(), "leads inside"),
        ("https://metadata.internal/paper.pdf".into(), "leads inside"),
    ];
    let mut urls: Vec<String> = told.iter().map(|(url, _)| url.clone()).collect();
    urls.push(site.url("/moved.pdf"));
    let published = stage.publish(&urls, "").await;
    let not_kept = published["not_kept"].as_array().expect("a list");
    assert_eq!(not_kept.len(), told.len(), "{published}");
    for (n, (url, why)) in told.iter().enumerate() {
        let fault = not_kept.iter().find(|fault| fault["url"] == **url);
        let fault = fault.unwrap_or_else(|| panic!("{url} is not told"));
        assert!(
            fault["why"].as_str().expect("words").contains(why),
            "{fault}"
        );
        assert_eq!(fault["has_older"], false);
        assert_eq!(stage.file(n), None, "{url}");
    }
    assert!(
        stage.file(told.len()).is_some(),
        "what is led on to is kept"
    );
    let waited = std::time::Duration::from_millis(50);
    let nobody = tokio::time::timeout(waited, stage.inside.accept()).await;
    assert!(nobody.is_err(), "somebody was dialled inside");
}

#[tokio::test]
async fn what_is_kept_is_fetched_again_when_that_is_asked_for() {
    let mut stage = Stage::set().await;
    let urls = [stage.site.url("/report.pdf")];
    stage.publish(&urls, "").await;
    let (first, before) = (stage.file(0).expect("a copy"), stage.house.acme.id);
    stage.publish(&urls, "").await;
    assert_eq!(stage.site.fetched.load(Ordering::SeqCst), 1);
    assert_eq!(stage.house.acme.id, before, "nothing is new");
    stage.publish(&urls, "?fetch=true").await;
    let second = stage.file(0).expect("a copy");
    assert_ne!(first.id, second.id);
    let (_, _, body) = stage.get(&path_of("acme", &second), &[]).await;
    assert_eq!(body, pdf(1));
    // Whoever has the page open goes on with the first one.
    let (status, _, _) = stage.get(&path_of("acme", &first), &[]).await;
    assert_eq!(status, StatusCode::OK);
    stage.house.clock.advance(RESUME_MS + DAY);
    let (status, _, _) = stage.get(&path_of("acme", &first), &[]).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let (status, _, _) = stage.get(&path_of("acme", &second), &[]).await;
    assert_eq!(status, StatusCode::OK);
}

#[tokio::test]
async fn a_document_is_served_in_its_workspace_while_somebody_can_meet_it() {
    let mut stage = Stage::set().await;
    stage.publish(&[stage.site.url("/report.pdf")], "").await;
    let file = stage.file(0).expect("a copy");
    let mut reader = Browser::arrive(&stage.house, &stage.house.acme);
    reader.hear(&stage.house, Input::Opened);
    stage.house.keep(&reader.batch()).await;
    for path in [
        path_of("zenith", &file),
        format!("/d/acme/{}.pdf", "0".repeat(32)),
        "/d/acme/x.pdf".into(),
        format!("/d/acme/{}", file.id),
    ] {
        let (status, _, _) = stage.get(&path, &[]).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
    }
    let acme = stage.house.acme.clone();
    let off = "/api/v1/dialogues/Papers/unpublish";
    assert_eq!(stage.house.api(&acme, "POST", off, None).await.0, 204);
    let (status, _, _) = stage.get(&path_of("acme", &file), &[]).await;
    assert_eq!(status, StatusCode::OK, "somebody is in a conversation");
    stage.house.clock.advance(RESUME_MS + DAY);
    let (status, _, _) = stage.get(&path_of("acme", &file), &[]).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "and nobody any more");
}

#[tokio::test]
async fn how_a_document_was_read_is_an_activity_of_its_own() {
    let mut stage = Stage::set().await;
    let urls = [stage.site.url("/report.pdf"), stage.site.url("/page.pdf")];
    stage.publish(&urls, "").await;
    let acme = stage.house.acme.clone();
    let viewing = Viewing {
        pages: 2,
        furthest: 5,
        downloaded: true,
        terms: "pay gap".into(),
    };
    let mut reader = Browser::arrive(&stage.house, &acme);
    reader.hear(&stage.house, Input::DocumentOpened(acme.card("paper0")));
    reader.hear(
        &stage.house,
        Input::DocumentViewed(acme.card("paper0"), viewing.clone()),
    );
    reader.hear(&stage.house, Input::DocumentOpened(acme.card("paper1")));
    stage.house.keep(&reader.batch()).await;
    let list = stage.house.get(&acme, "/api/v1/activities").await;
    let items = list["items"].as_array().expect("items");
    let documents: Vec<&Json> = items
        .iter()
        .filter(|item| item["activity"] == "Interacted with Document in Dialogue")
        .map(|item| &item["attributes"])
        .collect();
    let [opened, viewed, link] = documents[..] else {
        panic!("{list}");
    };
    assert_eq!(opened["Document Opened"], true);
    assert_eq!(opened["Document Downloaded"], false);
    assert_eq!(viewed["Document Name"], "Report");
    assert_eq!(viewed["Document URL"], urls[0]);
    assert_eq!(viewed["Document Opened"], false);
    assert_eq!(viewed["Document Downloaded"], true);
    assert_eq!(viewed["Document Pages Viewed"], 2);
    assert_eq!(viewed["Document Furthest Page"], 5);
    assert_eq!(viewed["Document Search Terms"], json!(["pay gap"]));
    assert_eq!(link["Document URL"], urls[1]);

    // No viewer shows what is only a link, and no reader sees more pages than lie before the furthest.
    for (card, viewing) in [
        ("paper1", viewing.clone()),
        (
            "paper0",
            Viewing {
                pages: 6,
                ..viewing
            },
        ),
    ] {
        let mut forger = reader.clone();
        forger.note(
            Input::DocumentViewed(acme.card(card), viewing),
            stage.house.clock.now(),
        );
        stage.house.send(&forger.batch()).await;
    }
    let refused = stage.house.refused(&acme).await;
    assert_eq!(refused.len(), 2, "{refused:?}");
}
