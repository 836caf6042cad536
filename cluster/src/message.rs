//! A user message: the JSON text of one line, decoded when and as the receiver likes.

use crate::error::DecodeError;
use serde::de::{DeserializeOwned, IgnoredAny};
use std::fmt;

/// A message from the other side of a channel.
///
/// It holds valid JSON text. Decoding costs what `serde_json` costs; a message that nobody decodes was only checked.
///
/// ```
/// use cluster::Message;
///
/// let message = Message::parse(r#"{"count": 3}"#.to_owned())?;
/// let count: std::collections::BTreeMap<String, u32> = message.decode()?;
/// assert_eq!(count["count"], 3);
/// # Ok::<(), cluster::DecodeError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    text: Box<str>,
}

impl Message {
    /// Takes over `text` after checking that it is JSON.
    ///
    /// # Errors
    ///
    /// Where and why `text` is not JSON.
    pub fn parse(text: String) -> Result<Self, DecodeError> {
        serde_json::from_str::<IgnoredAny>(&text).map_err(DecodeError)?;
        Ok(Self::trusted(text))
    }

    /// Takes over text that is known to be JSON.
    pub(crate) fn trusted(text: String) -> Self {
        Self { text: text.into_boxed_str() }
    }

    /// Decodes the message.
    ///
    /// # Errors
    ///
    /// When the message does not have the shape of a `T`.
    pub fn decode<T: DeserializeOwned>(&self) -> Result<T, DecodeError> {
        serde_json::from_str(&self.text).map_err(DecodeError)
    }

    /// The JSON text as it came.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Message({})", self.text)
    }
}
