//! Names made of content: SHA-256 digests that say what kind of thing they name and may be logged.

use std::fmt;

macro_rules! digests {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        pub struct $name([u8; 32]);

        impl $name {
            /// The name with these bytes.
            pub const fn from_bytes(bytes: [u8; 32]) -> Self {
                Self(bytes)
            }

            /// The bytes of the name.
            pub const fn to_bytes(self) -> [u8; 32] {
                self.0
            }

            /// The name of this content.
            pub fn of(content: &[u8]) -> Self {
                use sha2::Digest;
                Self(sha2::Sha256::digest(content).into())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let [a, b, c, d, ..] = self.0;
                write!(f, "{}({a:02x}{b:02x}{c:02x}{d:02x}…)", stringify!($name))
            }
        }
    )*};
}

digests! {
    /// One change of a document, named by what it says.
    ChangeHash;
    /// A photo's bytes, before or after encryption.
    PhotoHash;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_has_the_name_that_sha_256_gives_it() {
        let name = PhotoHash::of(b"abc");
        assert_eq!(name.to_string(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(format!("{name:?}"), "PhotoHash(ba7816bf…)");
        assert_eq!(PhotoHash::from_bytes(name.to_bytes()), name);
    }
}
