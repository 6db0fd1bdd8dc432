//! What Replicate tells us by itself: <https://replicate.com/docs/topics/webhooks/verify-webhook>.
//!
//! A delivery is signed by HMAC-SHA256 over `{webhook-id}.{webhook-timestamp}.{body}`, as <https://www.standardwebhooks.com> has it. It
//! may come more than once.

use super::replicate::Prediction;
use crate::Secret;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::{SignedDuration, Timestamp};
use sha2::Sha256;

/// Where the key is kept by which deliveries are signed. It begins with `whsec_`.
pub const KEY_REFERENCE: &str = "lectern/image/replicate-webhook";

/// An older delivery, or one from the future, was recorded by somebody.
const WINDOW: SignedDuration = SignedDuration::from_mins(5);

/// A delivery as it came.
#[derive(Debug, Clone, Copy)]
pub struct Delivery<'a> {
    /// The header `webhook-id`.
    pub id: &'a str,
    /// The header `webhook-timestamp`: seconds since 1970.
    pub timestamp: &'a str,
    /// The header `webhook-signature`: `v1,` and a signature in base64, several of them separated by blanks.
    pub signature: &'a str,
    /// The content, byte by byte.
    pub body: &'a [u8],
}

/// Why a delivery is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidDelivery {
    /// The key is none.
    #[error("the key of the webhook is not `whsec_` and base64")]
    Key,
    /// It was signed at another time.
    #[error("the delivery is not of these minutes")]
    Time,
    /// Somebody else signed it.
    #[error("the signature is not that of the delivery")]
    Signature,
}

impl Delivery<'_> {
    /// Whether the vendor sent it within the last minutes.
    ///
    /// # Errors
    /// Why it is not believed.
    pub fn check(&self, key: &Secret, now: Timestamp) -> Result<(), InvalidDelivery> {
        let sent = self.timestamp.parse().ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
        if sent.is_none_or(|sent| now.duration_since(sent).abs() > WINDOW) {
            return Err(InvalidDelivery::Time);
        }
        let digits = key.reveal().strip_prefix("whsec_").ok_or(InvalidDelivery::Key)?;
        let key = STANDARD.decode(digits).map_err(|_| InvalidDelivery::Key)?;
        let mut hmac = Hmac::<Sha256>::new_from_slice(&key).map_err(|_| InvalidDelivery::Key)?;
        for part in [self.id.as_bytes(), b".", self.timestamp.as_bytes(), b".", self.body] {
            hmac.update(part);
        }
        let listed = self.signature.split(' ').filter_map(|signature| signature.strip_prefix("v1,"));
        // Compared in constant time.
        let is_listed =
            listed.filter_map(|signature| STANDARD.decode(signature).ok()).any(|s| hmac.clone().verify_slice(&s).is_ok());
        if is_listed { Ok(()) } else { Err(InvalidDelivery::Signature) }
    }

    /// The id of the prediction that it says has ended, and how it ended, as the adapter reads that again; none where it says
    /// anything else.
    pub fn end(&self) -> Option<(String, String)> {
        let prediction: Prediction = serde_json::from_slice(self.body).ok()?;
        let end = serde_json::to_string(&prediction.clone().in_brief()).ok()?;
        prediction.has_ended().then_some((prediction.id, end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    /// The example of <https://github.com/standard-webhooks/standard-webhooks/blob/main/libraries/python/tests/test_webhooks.py>.
    const KEY: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const EXAMPLE: Delivery<'static> = Delivery {
        id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp: "1614265330",
        signature: "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        body: b"{\"test\": 2432232314}",
    };

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("in range")
    }

    fn check(delivery: Delivery<'_>, second: i64) -> Result<(), InvalidDelivery> {
        delivery.check(&Secret::new(KEY), at(second))
    }

    #[test]
    fn the_published_example_is_believed() {
        assert_eq!(check(EXAMPLE, 1_614_265_330), Ok(()));
        let several = format!("v1,{} v2,x {}", STANDARD.encode([0; 32]), EXAMPLE.signature);
        assert_eq!(check(Delivery { signature: &several, ..EXAMPLE }, 1_614_265_330), Ok(()));
    }

    #[test]
    fn whatever_is_changed_is_not_believed() {
        for changed in [
            Delivery { id: "msg_other", ..EXAMPLE },
            Delivery { timestamp: "1614265331", ..EXAMPLE },
            Delivery { body: b"{\"test\": 2432232315}", ..EXAMPLE },
            Delivery { signature: "v1,AAAA", ..EXAMPLE },
            Delivery { signature: "v1a,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", ..EXAMPLE },
            Delivery { signature: "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", ..EXAMPLE },
            Delivery { signature: "", ..EXAMPLE },
        ] {
            assert_eq!(check(changed, 1_614_265_330), Err(InvalidDelivery::Signature), "{changed:?}");
        }
        for key in ["whsec_AAAA", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSx"] {
            assert_eq!(EXAMPLE.check(&Secret::new(key), at(1_614_265_330)), Err(InvalidDelivery::Signature));
        }
        for key in ["MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_?"] {
            assert_eq!(EXAMPLE.check(&Secret::new(key), at(1_614_265_330)), Err(InvalidDelivery::Key));
        }
    }

    #[test]
    fn an_old_delivery_was_recorded_by_somebody() {
        for (seconds, expected) in
            [(300, Ok(())), (-300, Ok(())), (301, Err(InvalidDelivery::Time)), (-301, Err(InvalidDelivery::Time))]
        {
            assert_eq!(check(EXAMPLE, 1_614_265_330 + seconds), expected, "{seconds}");
        }
        assert_eq!(check(Delivery { timestamp: "soon", ..EXAMPLE }, 1_614_265_330), Err(InvalidDelivery::Time));
    }

    #[test]
    fn only_an_end_is_told_and_without_prose() {
        let end = |body: Value| Delivery { body: body.to_string().as_bytes(), ..EXAMPLE }.end();
        let ended =
            end(json!({"id": "p1", "status": "failed", "output": null, "error": "NSFW content: my secret prompt", "logs": "x",
            "input": {"prompt": "my secret prompt"}}));
        let (id, said) = ended.expect("it has ended");
        assert_eq!(id, "p1");
        assert!(said.contains("nsfw") && !said.contains("secret"), "{said}");
        assert_eq!(end(json!({"id": "p1", "status": "processing"})), None);
        assert_eq!(end(json!({"status": "succeeded"})), None);
        assert_eq!(Delivery { body: b"<html>", ..EXAMPLE }.end(), None);
    }
}
