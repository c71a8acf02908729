//! A small SMTP server that keeps what it is given, and can be told to refuse first.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// A message as it came over the wire.
#[derive(Clone, Debug)]
pub struct Mail {
    pub from: String,
    pub to: Vec<String>,
    pub text: String,
}

/// The server.
#[derive(Clone)]
pub struct Sink {
    pub address: SocketAddr,
    mails: Arc<Mutex<Vec<Mail>>>,
    refusals: Arc<Mutex<Vec<&'static str>>>,
}

impl Sink {
    pub async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let sink = Self {
            address: listener.local_addr().expect("an address"),
            mails: Arc::default(),
            refusals: Arc::default(),
        };
        let served = sink.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let sink = served.clone();
                tokio::spawn(async move {
                    let _ = sink.talk(stream).await;
                });
            }
        });
        sink
    }

    /// Answers the next recipients with these lines.
    pub fn refuse(&self, answers: &[&'static str]) {
        self.refusals.lock().expect("whole").extend(answers);
    }

    pub fn mails(&self) -> Vec<Mail> {
        self.mails.lock().expect("whole").clone()
    }

    pub fn mails_to(&self, address: &str) -> Vec<Mail> {
        self.mails()
            .into_iter()
            .filter(|mail| mail.to.iter().any(|to| to == address))
            .collect()
    }

    async fn talk(&self, stream: TcpStream) -> std::io::Result<()> {
        let mut stream = BufReader::new(stream);
        stream.write_all(b"220 sink\r\n").await?;
        let mut mail = Mail {
            from: String::new(),
            to: Vec::new(),
            text: String::new(),
        };
        let mut line = String::new();
        loop {
            line.clear();
            if stream.read_line(&mut line).await? == 0 {
                return Ok(());
            }
            let said = line.trim_end().to_owned();
            let verb = said.to_ascii_uppercase();
            let answer = if verb.starts_with("EHLO") {
                "250-sink\r\n250-8BITMIME\r\n250 SMTPUTF8".to_owned()
            } else if verb.starts_with("MAIL FROM:") {
                mail = Mail {
                    from: address(&said),
                    to: Vec::new(),
                    text: String::new(),
                };
                "250 yes".to_owned()
            } else if verb.starts_with("RCPT TO:") {
                let refusal = {
                    let mut refusals = self.refusals.lock().expect("whole");
                    (!refusals.is_empty()).then(|| refusals.remove(0))
                };
                if refusal.is_none() {
                    mail.to.push(address(&said));
                }
                refusal.unwrap_or("250 yes").to_owned()
            } else if verb == "DATA" {
                stream.write_all(b"354 go on\r\n").await?;
                self.read_data(&mut stream, &mut mail).await?;
                self.mails.lock().expect("whole").push(mail.clone());
                "250 kept".to_owned()
            } else if verb == "QUIT" {
                stream.write_all(b"221 bye\r\n").await?;
                return Ok(());
            } else {
                "250 yes".to_owned()
            };
            stream.write_all(format!("{answer}\r\n").as_bytes()).await?;
        }
    }

    async fn read_data(
        &self,
        stream: &mut BufReader<TcpStream>,
        mail: &mut Mail,
    ) -> std::io::Result<()> {
        let mut line = String::new();
        loop {
            line.clear();
            if stream.read_line(&mut line).await? == 0 || line == ".\r\n" {
                return Ok(());
            }
            mail.text.push_str(line.strip_prefix('.').unwrap_or(&line));
        }
    }
}

fn address(line: &str) -> String {
    let inside = line
        .split_once('<')
        .and_then(|(_, rest)| rest.split_once('>'));
    inside.map_or_else(String::new, |(address, _)| address.to_owned())
}
