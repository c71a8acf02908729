//! Signatures on what the server originates: facts snapshots and bookings.
//!
//! A signature holds for one workspace and one holder (a visitor, a
//! conversation). Its first half decides; the second half only tells operators
//! what kind of forgery a wrong one is.

use crate::secrets::{mac, same};
use engine::wire::Signature;

/// What a signature turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Made by this server for this workspace and holder.
    Genuine,
    /// Made for somebody else in this workspace.
    OtherHolder,
    /// Made for another workspace.
    OtherWorkspace,
    /// Not made by this server over these bytes.
    Forged,
}

/// Signs bytes for one holder in one workspace.
#[must_use]
pub fn sign(key: &[u8; 32], workspace: &str, holder: &str, bytes: &[u8]) -> Signature {
    let mut signature = [0; 32];
    let halves = [
        mac(
            key,
            &[b"holder", workspace.as_bytes(), holder.as_bytes(), bytes],
        ),
        mac(key, &[b"workspace", workspace.as_bytes(), bytes]),
        mac(key, &[b"server", bytes]),
    ];
    signature[..16].copy_from_slice(&halves[0][..16]);
    signature[16..24].copy_from_slice(&halves[1][..8]);
    signature[24..].copy_from_slice(&halves[2][..8]);
    signature
}

/// Checks a signature for any of several holders.
#[must_use]
pub fn verify(
    key: &[u8; 32],
    workspace: &str,
    holders: &[&str],
    bytes: &[u8],
    signature: &Signature,
) -> Verdict {
    let mut verdict = Verdict::Forged;
    let holders = if holders.is_empty() { &[""] } else { holders };
    for holder in holders {
        let genuine = sign(key, workspace, holder, bytes);
        if same(&genuine, signature) && !holder.is_empty() {
            return Verdict::Genuine;
        }
        if same(&genuine[16..24], &signature[16..24]) {
            verdict = Verdict::OtherHolder;
        } else if same(&genuine[24..], &signature[24..]) {
            verdict = Verdict::OtherWorkspace;
        }
    }
    verdict
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_holds_for_its_workspace_holder_and_bytes_only() {
        let key = [1; 32];
        let signature = sign(&key, "w", "v", b"facts");
        assert_eq!(
            verify(&key, "w", &["v"], b"facts", &signature),
            Verdict::Genuine
        );
        assert_eq!(
            verify(&key, "w", &["x", "v"], b"facts", &signature),
            Verdict::Genuine
        );
        assert_eq!(
            verify(&key, "w", &["x"], b"facts", &signature),
            Verdict::OtherHolder
        );
        assert_eq!(
            verify(&key, "w", &[], b"facts", &signature),
            Verdict::OtherHolder
        );
        assert_eq!(
            verify(&key, "z", &["v"], b"facts", &signature),
            Verdict::OtherWorkspace
        );
        assert_eq!(
            verify(&key, "w", &["v"], b"other", &signature),
            Verdict::Forged
        );
        assert_eq!(
            verify(&[2; 32], "w", &["v"], b"facts", &signature),
            Verdict::Forged
        );
    }
}
