//! A page of a site: what its makers wrote, with our tag in it.

use crate::front::Answer;
use http_body_util::Full;
use hyper::Response;
use hyper::body::Bytes;
use hyper::header::{self, HeaderName, HeaderValue};

/// Where the script tag goes in a page's source.
const TAG: &str = "{{tag}}";

/// A page.
#[derive(Clone, Debug)]
pub struct Host {
    source: String,
    media_type: &'static str,
    tag: String,
    headers: Vec<(&'static str, String)>,
}

impl Default for Host {
    fn default() -> Self {
        Self::with("", "")
    }
}

impl Host {
    /// A page with more in its head and in its body, and our tag at the end of the head.
    #[must_use]
    pub fn with(head: &str, body: &str) -> Self {
        let words = "<p>A page that has more to say than one screen holds.</p>\n".repeat(40);
        Self::source(&format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>A page</title>\n\
             <link rel=\"icon\" href=\"data:,\">\n{head}\n{TAG}\n</head>\n<body>\n<h1>A page</h1>\n{body}\n{words}</body>\n</html>\n"
        ))
    }

    /// A page by its whole source; `{{tag}}` in it stands for our tag, `{{loader}}` for the address of the loader.
    #[must_use]
    pub fn source(source: &str) -> Self {
        Self {
            source: source.into(),
            media_type: "text/html; charset=utf-8",
            tag: "<script async src=\"{{loader}}\"></script>".into(),
            headers: Vec::new(),
        }
    }

    /// The tag in another form.
    #[must_use]
    pub fn tag(mut self, tag: &str) -> Self {
        self.tag = tag.into();
        self
    }

    /// A header of the answer.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The page's content security policy.
    #[must_use]
    pub fn policy(self, policy: &str) -> Self {
        self.header("content-security-policy", policy)
    }

    /// The media type of the answer.
    #[must_use]
    pub fn media_type(mut self, media_type: &'static str) -> Self {
        self.media_type = media_type;
        self
    }

    /// The answer, with the loader at this address.
    #[must_use]
    pub(super) fn answer(&self, loader: &str) -> Answer {
        let source = self
            .source
            .replace(TAG, &self.tag)
            .replace("{{loader}}", loader);
        let mut answer = Response::new(Full::new(Bytes::from(source)));
        let headers = answer.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static(self.media_type),
        );
        for (name, value) in &self.headers {
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.append(HeaderName::from_static(name), value);
            }
        }
        answer
    }
}
