//! Texts in zh-CN and en.
