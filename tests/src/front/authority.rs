//! Certificates for any host, all by one key.

use base64::Engine as _;
use rcgen::{CertificateParams, KeyPair, PublicKeyData as _, SerialNumber};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use usher_server::secrets::hash;

/// Makes certificates as they are asked for.
#[derive(Clone)]
pub struct Authority {
    config: Arc<ServerConfig>,
    fingerprint: String,
}

#[derive(Debug)]
struct Certificates {
    key: KeyPair,
    made: Mutex<HashMap<String, Arc<CertifiedKey>>>,
}

impl Authority {
    /// Makes a key.
    ///
    /// # Errors
    /// When the machine's cryptography fails.
    pub fn new() -> Result<Self, String> {
        let key = KeyPair::generate().map_err(|fault| fault.to_string())?;
        let digest = hash(&key.subject_public_key_info());
        let fingerprint = base64::engine::general_purpose::STANDARD.encode(digest);
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|fault| fault.to_string())?
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(Certificates {
                key,
                made: Mutex::default(),
            }));
        Ok(Self {
            config: Arc::new(config),
            fingerprint,
        })
    }

    /// What a browser is told to trust.
    #[must_use]
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    pub(super) fn config(&self) -> Arc<ServerConfig> {
        Arc::clone(&self.config)
    }
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let name = hello.server_name()?.to_owned();
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = made.get(&name) {
            return Some(Arc::clone(known));
        }
        let mut wish = CertificateParams::new(vec![name.clone()]).ok()?;
        // Firefox takes no two certificates of one issuer with the same number.
        wish.serial_number = Some(SerialNumber::from_slice(&hash(name.as_bytes())[..16]));
        let certificate = wish.self_signed(&self.key).ok()?;
        let key = PrivateKeyDer::try_from(self.key.serialize_der()).ok()?;
        let key = rustls::crypto::ring::sign::any_supported_type(&key).ok()?;
        let certified = Arc::new(CertifiedKey::new(vec![certificate.der().clone()], key));
        made.insert(name, Arc::clone(&certified));
        Some(certified)
    }
}
