//! A photo is taken out of the application.

use super::put;
use crate::document::{Application, DocumentError, Edit, genesis::keys};
use crate::domain::PhotoId;

impl Application {
    /// Takes a photo out. Its digests stay in the history; the picture is deleted by whoever stores it.
    ///
    /// # Errors
    /// [`DocumentError::PhotoUnknown`], [`DocumentError::Sealed`].
    pub fn remove_photo(&mut self, photo: PhotoId) -> Result<Edit, DocumentError> {
        let photos = self.photos_at(None);
        let photo = photos.iter().find(|known| known.id == photo).ok_or(DocumentError::PhotoUnknown)?;
        self.commit(|tx| put(tx, keys::PHOTOS, &photo.id.to_string(), photo.to_bytes(true)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Slot, two_devices::*};

    #[test]
    fn both_remove_the_same_photo_while_another_is_added() {
        let (mut a, mut b) = pair();
        let (blurred, sharp) = (photo(1, Slot::IdFront), photo(2, Slot::IdFront));
        a.attach_photo(&blurred).unwrap();
        meet(&mut a, &mut b);
        a.remove_photo(blurred.id).unwrap();
        b.remove_photo(blurred.id).unwrap();
        b.attach_photo(&sharp).unwrap();
        meet(&mut a, &mut b);
        assert_eq!(a.photos(), [sharp]);
        assert_eq!(a.remove_photo(blurred.id), Err(DocumentError::PhotoUnknown));
    }
}
