//! Limits of a child process that touches bytes from outside: little memory, little time, no way to write a file.

use std::io;

/// Most files open at once: pipes and a library's data.
const MAX_OPEN_FILES: u64 = 32;

/// Limits that last as long as the process; `name` is said where one cannot be set.
#[cfg(target_os = "linux")]
pub(crate) fn limit_this_process(name: &str, memory_bytes: u64) {
    let limit = |resource, most: u64| {
        let limit = libc::rlimit { rlim_cur: most, rlim_max: most };
        // SAFETY: setrlimit only reads the struct that it is given.
        if unsafe { libc::setrlimit(resource, &limit) } != 0 {
            eprintln!("{name}: a limit could not be set: {}", io::Error::last_os_error());
        }
    };
    limit(libc::RLIMIT_DATA, memory_bytes);
    limit(libc::RLIMIT_NOFILE, MAX_OPEN_FILES);
    limit(libc::RLIMIT_FSIZE, 0);
    limit(libc::RLIMIT_CORE, 0);
    // SAFETY: these arguments take no pointers; the call cannot touch memory.
    if unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) } != 0 {
        eprintln!("{name}: no_new_privs could not be set: {}", io::Error::last_os_error());
    }
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn limit_this_process(_name: &str, _memory_bytes: u64) {}

/// The process is killed (SIGPROF) when it uses more than `seconds` from now on; 0 lifts the limit.
#[cfg(unix)]
pub(crate) fn limit_processor_time(seconds: i64) {
    let none = libc::timeval { tv_sec: 0, tv_usec: 0 };
    let timer =
        libc::itimerval { it_interval: none, it_value: libc::timeval { tv_sec: seconds, tv_usec: 0 } };
    // SAFETY: setitimer only reads the struct; a null old value is allowed.
    if unsafe { libc::setitimer(libc::ITIMER_PROF, &timer, std::ptr::null_mut()) } != 0 {
        eprintln!("the time limit could not be set: {}", io::Error::last_os_error());
    }
}

#[cfg(not(unix))]
pub(crate) fn limit_processor_time(_seconds: i64) {}
