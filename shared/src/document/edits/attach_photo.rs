//! A photo was taken and prepared.

use super::put;
use crate::document::{Application, DocumentError, Edit, MAX_PHOTOS, Photo, genesis::keys};

impl Application {
    /// Adds a photo under its own fresh id: two photos never meet in one place. The picture itself is stored apart, and
    /// before this.
    ///
    /// # Errors
    /// [`DocumentError::TooMany`] beyond [`MAX_PHOTOS`], [`DocumentError::Sealed`].
    pub fn attach_photo(&mut self, photo: &Photo) -> Result<Edit, DocumentError> {
        if self.photos_at(None).len() >= MAX_PHOTOS {
            return Err(DocumentError::TooMany);
        }
        self.commit(|tx| put(tx, keys::PHOTOS, &photo.id.to_string(), photo.to_bytes(false)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Slot, two_devices::*};

    #[test]
    fn two_people_photograph_the_same_side_and_both_photos_are_there() {
        let (mut a, mut b) = pair();
        let (first, second) = (photo(1, Slot::IdFront), photo(2, Slot::IdFront));
        a.attach_photo(&first).unwrap();
        b.attach_photo(&second).unwrap();
        meet(&mut a, &mut b);
        assert_eq!(a.photos(), [first, second]);
    }

    #[test]
    fn photos_are_bounded() {
        let mut a = device(1);
        for number in 0..MAX_PHOTOS {
            a.attach_photo(&photo(number as u8, Slot::Vehicle)).unwrap();
        }
        assert_eq!(a.attach_photo(&photo(200, Slot::Vehicle)), Err(DocumentError::TooMany));
    }
}
