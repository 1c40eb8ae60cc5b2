//! The subcommands of `miaopi`, one file each.
