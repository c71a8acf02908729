//! Every route of the server, and workspaces that have something behind each of them.

use super::{Browser, DIALOGUE, House, Tenant, identify};
use engine::compiled::encode;
use engine::wire::{Comment, ExchangeTest, Input, Opaque, TestDraft};
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};
use usher_server::passwords;
use usher_server::roles::Role;
use usher_server::secrets::base64url;
use usher_server::store::{Right, undo_token};

/// The password of every user here.
pub const PASSWORD: &str = "correct horse battery";

/// Who is asked for what, by a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A call of the API's description, for a token or a session.
    Described,
    /// The API's description, for programs and for people, and what is said of calls there are not.
    Around,
    /// Files that any page may load, and facts about the server.
    Public,
    /// What the widget says, with a cookie or the token that it keeps itself.
    Wire,
    /// A page behind a secret in its path, for whoever holds it: no cookie is looked at, so there is nothing
    /// for another site's page to borrow, and forms and mail programs may post.
    Secret,
}

/// What is not in the API's description, by its path.
const BESIDES: &[(&str, Kind)] = &[
    ("/api/reference", Kind::Around),
    ("/api/v1/openapi.json", Kind::Around),
    ("/api/v1/{*rest}", Kind::Around),
    ("/w/{file}", Kind::Public),
    ("/l/{file}", Kind::Public),
    ("/f/{workspace}", Kind::Public),
    ("/f/-/{file}", Kind::Public),
    ("/e/{workspace}/{file}", Kind::Public),
    ("/d/{workspace}/{file}", Kind::Public),
    ("/.well-known/gpc.json", Kind::Public),
    ("/licences", Kind::Public),
    ("/health", Kind::Public),
    ("/ready", Kind::Public),
    ("/metrics", Kind::Public),
    ("/t/{token}", Kind::Secret),
    ("/t/{token}/page", Kind::Secret),
    ("/m/{token}", Kind::Secret),
    ("/m/undo/{token}", Kind::Secret),
    ("/v1/inputs", Kind::Wire),
    ("/v1/identity", Kind::Wire),
    ("/v1/slots", Kind::Wire),
    ("/v1/book", Kind::Wire),
    ("/v1/erase", Kind::Wire),
    ("/v1/test", Kind::Wire),
    ("/v1/comment", Kind::Wire),
];

/// A route.
#[derive(Clone, Debug)]
pub struct Route {
    pub path: String,
    pub kind: Kind,
    /// The methods that do something of their own.
    pub methods: BTreeSet<String>,
}

impl Route {
    /// Whether it is asked to change something.
    pub fn changes(&self) -> impl Iterator<Item = &str> {
        let methods = self.methods.iter().map(String::as_str);
        methods.filter(|method| !matches!(*method, "GET" | "HEAD"))
    }
}

/// What the router of the server has.
///
/// # Panics
/// When a route is neither described nor known here, or one of those is not in the router.
pub async fn routes(house: &House) -> Vec<Route> {
    let described = house.get(&house.acme, "/api/v1/openapi.json").await;
    let described = described["paths"].as_object().expect("paths");
    let written = format!("{:?}", usher_server::router(house.app.clone()));
    let (written, _) = written.split_once("fallback_router").expect("routes");
    let paths: BTreeSet<&str> = written
        .split("RouteId(")
        .filter_map(|rest| rest.split_once("): \"")?.1.split('"').next())
        .collect();
    let known = described.keys().map(String::as_str);
    let known: BTreeSet<&str> = known.chain(BESIDES.iter().map(|(path, _)| *path)).collect();
    assert_eq!(
        paths, known,
        "a new route is described in the API, or listed with its kind in tests/house/routes.rs"
    );
    let mut routes = Vec::new();
    for path in paths {
        let kind = BESIDES.iter().find(|(besides, _)| *besides == path);
        let kind = kind.map_or(Kind::Described, |(_, kind)| *kind);
        let url = house.url(&with(path, "none"));
        let asked = house.http.patch(url).send().await.expect("an answer");
        let methods = asked
            .headers()
            .get("allow")
            .map_or("", |allow| allow.to_str().expect("a list of methods"));
        let methods: BTreeSet<String> = methods
            .split(',')
            .map(|method| method.trim().to_owned())
            .filter(|method| !method.is_empty())
            .collect();
        if kind == Kind::Described {
            let said = described[path].as_object().expect("calls").keys();
            let said: BTreeSet<String> = said.map(|method| method.to_uppercase()).collect();
            let mut answered = methods.clone();
            answered.remove("HEAD");
            assert_eq!(answered, said, "{path}");
        }
        routes.push(Route {
            path: path.to_owned(),
            kind,
            methods,
        });
    }
    routes
}

/// A path with a value in each of its places.
pub fn with(path: &str, value: &str) -> String {
    let parts = path.split('/').map(|part| match part.starts_with('{') {
        true => encoded(value),
        false => part.to_owned(),
    });
    parts.collect::<Vec<_>>().join("/")
}

/// A value as a path or a query carries it.
pub fn encoded(value: &str) -> String {
    let bytes = value.bytes().map(|byte| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {
            char::from(byte).to_string()
        }
        other => format!("%{other:02X}"),
    });
    bytes.collect()
}

/// What a furnished workspace has, to be asked for.
pub struct Furnished {
    /// A word that is in every text that was put there.
    pub canary: String,
    /// A token with every right.
    pub tenant: Tenant,
    /// The address of its owner, a user.
    pub owner: String,
    /// By what they name, values that stand in paths, queries and bodies.
    pub values: BTreeMap<&'static str, String>,
    /// Who talked to the chat.
    pub browser: Browser,
    /// The visitor that they are.
    pub visitor: Opaque,
    /// The secret of a tracked link.
    pub link: String,
    /// A code of a testing session that was not used yet.
    pub code: String,
    /// The testing session of another code.
    pub session: String,
}

impl Furnished {
    /// The path of a route with what is there in each of its places.
    pub fn at(&self, path: &str) -> String {
        let value = |name: &str| self.values[name].as_str();
        let workspace = &self.tenant.name;
        match path {
            "/w/{file}" => format!("/w/{workspace}.js"),
            "/f/{workspace}" => format!("/f/{workspace}"),
            "/e/{workspace}/{file}" => format!("/e/{workspace}/{}.en", value("edition")),
            "/m/undo/{token}" => with(path, value("undo")),
            "/t/{token}" | "/t/{token}/page" => with(path, value("testing secret")),
            _ => {
                let name = [
                    "goals",
                    "conversations",
                    "webhooks",
                    "goal-mails",
                    "testing-links",
                ];
                let name = name
                    .into_iter()
                    .find(|part| path.contains(&format!("/{part}/{{")));
                let name = name.unwrap_or(match path {
                    path if path.contains("{email}") => "user",
                    path if path.contains("{key}") => "person",
                    _ => "dialogue",
                });
                with(path, value(name))
            }
        }
    }
}

/// Puts something behind every call, with a word in it by which it is found again. Nothing of it leaves.
pub async fn furnish(house: &House, tenant: &Tenant, canary: &str) -> Furnished {
    let scope = &tenant.scope;
    let store = &house.store;
    store.pause_outbox(scope, None).await.expect("paused");
    let rights = [
        Right::Read,
        Right::Write,
        Right::Publish,
        Right::Audit,
        Right::Manage,
    ];
    let token = store.create_token(scope, format!("{canary} token"), rights.to_vec());
    let mut tenant = Tenant {
        token: token.await.expect("a token"),
        ..tenant.clone()
    };
    let name = format!("{canary} dialogue");
    let document = DIALOGUE
        .replace("\"D1\"", &format!("{name:?}"))
        .replace("Bye.", &format!("Bye, {canary}."))
        .replace("\"Spring\"", &format!("\"{canary} campaign\""));
    tenant.publish(store, &document).await;

    let owner = format!("{canary}.owner@corp.example");
    let hash = passwords::hash(PASSWORD).expect("a hash");
    let user = store.create_user(scope, owner.clone(), canary.into(), Role::Owner, hash);
    user.await.expect("a user");

    let email = format!("{canary}@corp.example");
    let mut browser = Browser::arrive(house, &tenant);
    browser.go_through(house, &tenant, &email);
    let visitor = house
        .keep(&browser.batch())
        .await
        .visitor
        .expect("a visitor");
    let mut forger = Browser::arrive(house, &tenant);
    forger.begin.page.url = format!("https://w.example/{canary}");
    forger.hear(house, Input::Opened);
    forger.entries[0].seq = 9;
    house.send(&forger.batch()).await;

    let call = async |method: &str, path: &str, body: Json| {
        let (status, answer) = house.api(&tenant, method, path, Some(body)).await;
        assert!((200..300).contains(&status), "{path}: {status} {answer}");
        answer
    };
    let person = json!({ "email": email, "attributes": { "firstName": canary, "industry": canary },
        "company": { "name": format!("{canary} company"), "domain": format!("{canary}.example") } });
    call("POST", "/api/v1/people", person).await;
    let recorded = json!({ "goal": format!("{canary} goal"), "email": email, "page": format!("https://w.example/{canary}") });
    let recorded = house
        .http
        .post(house.url("/api/v1/goals"))
        .bearer_auth(&tenant.token)
        .header("idempotency-key", canary)
        .header("content-type", "application/json")
        .body(recorded.to_string());
    assert_eq!(recorded.send().await.expect("an answer").status(), 201);
    let hook = json!({ "url": format!("https://{canary}.example/in") });
    let webhook = call("POST", "/api/v1/webhooks", hook).await;
    let mail = json!({ "address": format!("{canary}.sales@corp.example") });
    let mail = call("POST", "/api/v1/goal-mails", mail).await;
    let links = format!("/api/v1/people/{}/links", encoded(&email));
    let link = call("POST", &links, json!({})).await;
    let links = format!("/api/v1/dialogues/{}/testing-links", encoded(&name));
    let testing = call("POST", &links, json!({})).await;
    let secret = testing["link"].as_str().expect("a link");
    let secret = secret.rsplit_once("/t/").expect("a secret").1.to_owned();
    let draft: Option<TestDraft> = {
        let question = ExchangeTest {
            workspace: tenant.name.clone(),
            code: code(house, &secret, canary).await,
        };
        house.post("/v1/test", &question, None).await.body
    };
    let session = draft.expect("a draft").session;
    let comment = Comment {
        session: session.clone(),
        card: "more".into(),
        words: format!("{canary} comment"),
    };
    let said = house.post::<_, ()>("/v1/comment", &comment, None).await;
    assert_eq!(said.status, 204);

    let first = async |list: String, key: &str| {
        let page = house.get(&tenant, &list).await;
        page["items"][0][key].as_str().expect(key).to_owned()
    };
    let goal = first("/api/v1/goals".into(), "id").await;
    let proven = first("/api/v1/goals?proven=true".into(), "id").await;
    let undo = base64url(&undo_token(&house.app.keys, scope, &proven));
    let values = BTreeMap::from([
        (
            "conversations",
            first("/api/v1/conversations".into(), "id").await,
        ),
        ("person id", first("/api/v1/people".into(), "id").await),
        ("testing-links", first(links, "id").await),
        (
            "webhooks",
            webhook["id"].as_str().expect("an id").to_owned(),
        ),
        ("goal-mails", mail["id"].as_str().expect("an id").to_owned()),
        ("edition", tenant.id.to_string()),
        ("testing secret", secret.clone()),
        ("goals", goal),
        ("undo", undo),
        ("person", email),
        ("user", owner.clone()),
        ("dialogue", name),
    ]);
    let link = link["link"].as_str().expect("a link");
    let link = link.rsplit_once('=').expect("a secret").1.to_owned();
    let known = identify(house, &tenant, Some(visitor), None, None).await;
    assert!(!known.0.snapshot.bytes.is_empty());
    Furnished {
        canary: canary.to_owned(),
        code: code(house, &secret, canary).await,
        owner,
        values,
        browser,
        visitor,
        link,
        session,
        tenant,
    }
}

/// A new session of a reviewer.
async fn code(house: &House, secret: &str, reviewer: &str) -> String {
    let begun = house.http.post(house.url(&format!("/t/{secret}")));
    let begun = begun
        .header("content-type", "application/x-www-form-urlencoded")
        .body(format!("reviewer={reviewer}&strength=new"));
    let page = begun
        .send()
        .await
        .expect("an answer")
        .text()
        .await
        .expect("a page");
    let code = page.split_once("#usher-test=").expect("a code").1;
    code.split('"').next().expect("a code").to_owned()
}

/// What widgets say about a furnished workspace to the workspace of a name, by the path.
pub fn said(of: &Furnished, to: &str) -> Vec<(&'static str, Vec<u8>)> {
    use engine::wire::{AskSlots, Book, Erase, Identify};
    let mut batch = of.browser.batch();
    batch.sender.workspace = to.into();
    batch.sender.visitor = Some(of.visitor);
    let card = of.tenant.card("more");
    let (from, sender) = (batch.entries[0].at, batch.sender.clone());
    let session = of.session.rsplit('/').next().expect("an id");
    vec![
        ("/v1/inputs", encode(&batch)),
        (
            "/v1/identity",
            encode(&Identify {
                sender: sender.clone(),
                editions: vec![of.tenant.id],
                login: None,
                link: Some(of.link.clone()),
            }),
        ),
        (
            "/v1/slots",
            encode(&AskSlots {
                batch: batch.clone(),
                card,
                from,
            }),
        ),
        (
            "/v1/book",
            encode(&Book {
                batch,
                card,
                start: from,
                minutes: 30,
                idempotency: [7; 16],
                zone: "Europe/Stockholm".into(),
                email: None,
            }),
        ),
        (
            "/v1/test",
            encode(&ExchangeTest {
                workspace: to.into(),
                code: of.code.clone(),
            }),
        ),
        (
            "/v1/comment",
            encode(&Comment {
                session: format!("{to}/{session}"),
                card: "more".into(),
                words: "from elsewhere".into(),
            }),
        ),
        ("/v1/erase", encode(&Erase { sender })),
    ]
}
