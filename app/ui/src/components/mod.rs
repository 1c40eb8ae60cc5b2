//! Parts that screens are made of: page frame, form field, button, error summary.
