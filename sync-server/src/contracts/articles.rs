//! The contract's articles as plain text, from the very template that sets the PDF: for reading on a phone.

use typst::{
    foundations::{Array, Dict, Label, Selector, Value},
    introspection::{Introspector, MetadataElem},
    utils::PicoStr,
};

use super::{Composer, ContractData, ContractError};

/// One article in plain text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArticleText {
    /// Its heading with its number.
    pub heading: String,
    /// Its paragraphs.
    pub paragraphs: Vec<String>,
}

impl Composer {
    /// The articles of the contract that `data` makes. Blocking and CPU-bound, as [`Composer::compose`].
    ///
    /// # Errors
    /// As [`Composer::compose`].
    pub fn articles(&self, data: &ContractData) -> Result<Vec<ArticleText>, ContractError> {
        data.check()?;
        let document = self.set(data)?;
        let unlabelled = || ContractError::Template("its articles carry no label".to_owned());
        let label = Label::new(PicoStr::intern("article")).ok_or_else(unlabelled)?;
        let marked = document.introspector().query(&Selector::Label(label));
        let articles: Vec<ArticleText> = marked
            .iter()
            .filter_map(|element| match &element.to_packed::<MetadataElem>()?.value {
                Value::Dict(article) => Some(article_text(article)),
                _ => None,
            })
            .collect();
        if articles.is_empty() { Err(unlabelled()) } else { Ok(articles) }
    }
}

fn article_text(article: &Dict) -> ArticleText {
    let body = match article.get("body") {
        Ok(Value::Array(body)) => body.clone(),
        _ => Array::new(),
    };
    let heading = article.get("title").map(plain).unwrap_or_default();
    ArticleText { heading, paragraphs: body.iter().map(plain).collect() }
}

fn plain(value: &Value) -> String {
    match value {
        Value::Str(text) => text.to_string(),
        Value::Content(content) => content.plain_text().trim().to_owned(),
        _ => String::new(),
    }
}
