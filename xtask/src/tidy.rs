//! Test programs of earlier builds. Each is up to two hundred megabytes, a changed one gets a new name, and cargo removes
//! none: left alone they fill a disk within days.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// Older ones go: whoever builds from several clones into one folder keeps what was used today.
const A_DAY: Duration = Duration::from_secs(86_400);

/// Removes programs beside these that were the same tests in an earlier build. What cannot be removed stays.
pub(crate) fn remove_earlier(programs: &[PathBuf], now: SystemTime) {
    let Some(folder) = programs.first().and_then(|program| program.parent()) else { return };
    let current: Vec<&str> = programs.iter().filter_map(|program| target(program)).collect();
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    for path in entries.map(|entry| entry.path()) {
        let same = target(&path).is_some_and(|target| current.contains(&target)) && !programs.contains(&path);
        let modified = path.metadata().and_then(|file| file.modified()).unwrap_or(now);
        if same && now.duration_since(modified).is_ok_and(|age| age > A_DAY) {
            let _ = std::fs::remove_file(&path);
        }
    }
}

/// `journey_main` of `journey_main-0123456789abcdef`; none for anything that is no program.
fn target(path: &Path) -> Option<&str> {
    let (target, hash) = path.file_name()?.to_str()?.rsplit_once('-')?;
    (hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(target)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn earlier_programs_of_the_same_tests_go_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let now = SystemTime::now();
        let put = |name: &str, age_hours: u64| {
            let path = folder.path().join(name);
            let file = std::fs::File::create(&path).unwrap();
            file.set_modified(now - Duration::from_secs(age_hours * 3_600)).unwrap();
            path
        };
        let current = put("flows-00000000000000aa", 90);
        let gone = put("flows-00000000000000bb", 48);
        let kept = [
            put("flows-00000000000000cc", 3),
            put("other-00000000000000dd", 90),
            put("flows-00000000000000bb.d", 90),
            put("libflows-00000000000000ee.rlib", 90),
        ];
        remove_earlier(std::slice::from_ref(&current), now);
        assert!(!gone.exists() && current.exists());
        assert!(kept.iter().all(|path| path.exists()), "{kept:?}");
    }
}
