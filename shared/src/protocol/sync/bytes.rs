//! Byte strings and ids as they lie in frames.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;

/// Bytes that are not looked into. They print as their length.
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct Bytes(pub Vec<u8>);

/// An Ed25519 signature.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signature(pub [u8; 64]);

/// An id in a list.
pub type IdBytes = [u8; 16];

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature({:02x}{:02x}…)", self.0[0], self.0[1])
    }
}

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Borrowed from the frame and copied once: never more memory than the frame had.
        <&[u8]>::deserialize(deserializer).map(|bytes| Bytes(bytes.to_vec()))
    }
}

impl Serialize for Signature {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Signature {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = <&[u8]>::deserialize(deserializer)?;
        bytes.try_into().map(Signature).map_err(|_| de::Error::invalid_length(bytes.len(), &"64 bytes"))
    }
}

/// An id as 16 bytes instead of its 26 characters.
pub(in crate::protocol) mod id {
    use super::{Deserialize, Deserializer, Serialize, Serializer};

    pub(in crate::protocol) fn serialize<T: Copy + Into<[u8; 16]>, S: Serializer>(
        id: &T,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let bytes: [u8; 16] = (*id).into();
        bytes.serialize(serializer)
    }

    pub(in crate::protocol) fn deserialize<'de, T: From<[u8; 16]>, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<T, D::Error> {
        <[u8; 16]>::deserialize(deserializer).map(T::from)
    }
}
