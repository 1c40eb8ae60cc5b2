//! The people whom the real-name check knows.

use std::collections::HashMap;

use serde::Deserialize;

/// Most people in a registry.
const MAX_PEOPLE: usize = 1_000_000;

/// The people whom the real-name check knows, by ID number.
#[derive(Clone, Default)]
pub struct Registry(HashMap<String, String>);

#[derive(Deserialize)]
struct Person {
    id_number: String,
    name: String,
}

impl Registry {
    /// Reads a JSON array of `{"id_number": …, "name": …}`; further members are ignored.
    ///
    /// # Errors
    /// A sentence without personal data when it is something else, too long, or names one number twice differently.
    pub fn from_json(json: &[u8]) -> Result<Self, String> {
        // The parser's own words would quote the registry.
        let people: Vec<Person> = serde_json::from_slice(json).map_err(|e| {
            format!("the registry is no array of id_number and name (line {}); write it anew", e.line())
        })?;
        if people.len() > MAX_PEOPLE {
            return Err(format!("the registry has more than {MAX_PEOPLE} people; shorten it"));
        }
        let mut known = HashMap::with_capacity(people.len());
        for (index, person) in people.into_iter().enumerate() {
            let name = plain(&person.name);
            let before = known.insert(person.id_number.to_ascii_uppercase(), name.clone());
            if before.is_some_and(|before| before != name) {
                return Err(format!("person {} of the registry has another's number; correct it", index + 1));
            }
        }
        Ok(Self(known))
    }

    /// Whether the number belongs to this name; none when nobody is known by it.
    pub(super) fn knows(&self, id_number: &str, name: &str) -> Option<bool> {
        self.0.get(&id_number.to_ascii_uppercase()).map(|known| *known == plain(name))
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

/// A name without spaces and with one kind of middle dot: cards and keyboards differ in both.
fn plain(name: &str) -> String {
    let dotted = name.chars().map(|c| if matches!(c, '•' | '・' | '‧' | '.') { '·' } else { c });
    dotted.filter(|c| !c.is_whitespace()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_its_people_whatever_the_dot_and_the_case_of_x() {
        let json = r#"[{"id_number":"11010519491231002X","name":"买买提·阿里","seed":1}]"#;
        let registry = Registry::from_json(json.as_bytes()).unwrap();
        assert_eq!(registry.knows("11010519491231002x", "买买提 • 阿里"), Some(true));
        assert_eq!(registry.knows("11010519491231002X", "阿里"), Some(false));
        assert_eq!(registry.knows("440524188001010014", "阿里"), None);
    }

    #[test]
    fn a_bad_registry_is_refused_without_quoting_it() {
        let twice = r#"[{"id_number":"1","name":"甲"},{"id_number":"1","name":"乙"}]"#;
        for bad in ["{}", "[1]", r#"[{"id_number":"1101","name":5}]"#, twice] {
            let error = Registry::from_json(bad.as_bytes()).err().unwrap();
            assert!(!error.contains("1101") && !error.contains('乙'), "{error}");
        }
    }
}
