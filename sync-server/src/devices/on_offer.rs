//! What a device needs to work without a network, told after each welcome.

use rusqlite::{Connection, OptionalExtension};
use serde_json::Value;
use shared::domain::{DeviceId, Purpose, TenantId};
use shared::protocol::{
    on_offer::{ConsentOnOffer, OnOffer, ProductOnOffer},
    sealed_photo,
};

use crate::{
    cases::products::{Product, Products},
    crypt::Keys,
    flows::{self, Library},
    store::StoreError,
};

/// What is on offer for the owner of a device; `None` for a device that is not enrolled.
///
/// # Errors
/// When the row cannot be read.
pub(crate) fn on_offer(
    conn: &Connection,
    keys: &Keys,
    library: &Library,
    products: &Products,
    tenant: TenantId,
    device: DeviceId,
) -> Result<Option<OnOffer>, StoreError> {
    let owner: Option<(String, String)> = conn
        .prepare_cached(
            "SELECT a.id, a.login FROM devices d JOIN accounts a ON a.tenant = d.tenant AND a.id = d.account
             WHERE d.id = ?1 AND d.tenant = ?2",
        )?
        .query_row([device.to_string(), tenant.to_string()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((account, name)) = owner else { return Ok(None) };
    let Ok(account) = account.parse() else { return Ok(None) };
    let product = |product: Product| ProductOnOffer {
        key: product.key,
        condition: product.terms.condition,
        kinds: product.terms.kinds,
        name: product.name,
    };
    let texts = &products.consent_texts;
    let consents = Purpose::ALL.into_iter().filter_map(|purpose| texts.get(purpose.code()));
    let (plans, limits) = Products::shipped_figures();
    let json = |text| serde_json::from_str(text).unwrap_or(Value::Null);
    Ok(Some(OnOffer {
        account,
        name,
        photo_key: hex::encode(sealed_photo::public_key(&keys.photo_secret(tenant))),
        products: flows::on_offer(conn, library, tenant)?.into_iter().map(product).collect(),
        plans: json(plans),
        limits: json(limits),
        consents: consents
            .map(|text| ConsentOnOffer {
                purpose: text.purpose.code().to_owned(),
                recipient: text.recipient().to_owned(),
                days: text.days,
                title: text.title.clone(),
                data: text.data.clone(),
                aim: text.aim.clone(),
                text: text.text.clone(),
            })
            .collect(),
        consents_version: texts.version.clone(),
    }))
}
