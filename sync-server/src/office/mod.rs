//! Staff pages, the front door, and what people see of a refusal.

mod accounts;
mod blacklist;
mod case;
mod cases;
mod compare;
mod decide;
mod devices;
mod dossier;
mod flow_rules;
mod flow_views;
mod flows;
mod front_door;
mod home;
mod inbound;
mod keys;
mod left;
mod links;
mod numbers;
mod own_funders;
mod own_mapping;
mod partner_recording;
mod partner_words;
mod partners;
mod queue;
mod reader;
mod record;
mod refusal;
mod timeline;
mod view;
mod webhooks;

pub use reader::Reader;
pub use view::{View, problem_at};

pub(crate) use accounts::{
    __path_accounts, __path_change_account, __path_make_account, accounts, change_account, make_account,
};
pub(crate) use blacklist::{
    __path_blacklist, __path_find_listed, __path_list_value, __path_unlist, blacklist, find_listed,
    list_value, unlist,
};
pub(crate) use case::{__path_case, __path_photo, case, photo};
pub(crate) use cases::{
    __path_cases, __path_change_filter, __path_find_cases, __path_keep_filter, cases, change_filter,
    find_cases, keep_filter,
};
pub(crate) use decide::{
    __path_decide, __path_hold_case, __path_holder, __path_undo_decision, decide, hold_case, holder,
    undo_decision,
};
pub(crate) use devices::{
    __path_device, __path_device_events, __path_devices, __path_offer_again, __path_revoke_device,
    __path_take_in_rescue, __path_take_over_changes, device, device_events, devices, offer_again,
    revoke_device, take_in_rescue, take_over_changes,
};
pub(crate) use dossier::{__path_contract, __path_reveal, contract, reveal};
pub(crate) use flow_rules::{__path_flow_rules, __path_set_flow_rules, flow_rules, set_flow_rules};
pub(crate) use flow_views::{
    __path_live_flow, __path_move_cases, __path_preview_moves, live_flow, move_cases, preview_moves,
};
pub(crate) use flows::{
    __path_begin_draft, __path_decide_version, __path_delete_draft, __path_flow, __path_flows,
    __path_release_version, __path_take_back, begin_draft, decide_version, delete_draft, flow, flows,
    release_version, take_back,
};
pub(crate) use front_door::{__path_docs, __path_front_door, docs, front_door};
pub(crate) use home::{__path_home, home};
pub(crate) use inbound::{
    __path_apply_inbound, __path_inbound, __path_note_late, apply_inbound, inbound, note_late,
};
pub(crate) use keys::{__path_keys, __path_make_key, __path_revoke_key, keys, make_key, revoke_key};
pub(crate) use links::{
    __path_links, __path_make_one, __path_renew_one, __path_revoke_one, links, make_one, renew_one,
    revoke_one,
};
pub(crate) use numbers::{
    __path_numbers, __path_numbers_csv, __path_numbers_wall, numbers, numbers_csv, numbers_wall,
};
pub(crate) use own_funders::{
    __path_add_funder, __path_change_funder, __path_funder_terms, __path_new_funder, __path_retire_funder,
    add_funder, change_funder, funder_terms, new_funder, retire_funder,
};
pub(crate) use own_mapping::{__path_map_answers, __path_mapping, map_answers, mapping};
pub(crate) use partner_recording::{
    __path_change_recording, __path_record_partner, __path_recording, __path_take_recording,
    change_recording, record_partner, recording, take_recording,
};
pub(crate) use partners::{
    __path_change_partner, __path_partner, __path_partners, __path_preview_partner, __path_reverse_partner,
    __path_settle_partner, __path_test_partner, change_partner, partner, partners, preview_partner,
    reverse_partner, settle_partner, test_partner,
};
use queue::queue_name;
pub(crate) use queue::{__path_queue, __path_take_next, queue, take_next};
pub(crate) use reader::remember;
pub(crate) use record::{__path_record, __path_steer_step, record, steer_step};
pub(crate) use refusal::{as_page, to_sign_in, wants_page};
pub(crate) use webhooks::{
    __path_add_webhook, __path_remove_webhook, __path_resend_webhook, __path_webhook, __path_webhooks,
    add_webhook, remove_webhook, resend_webhook, webhook, webhooks,
};

#[cfg(test)]
mod kept_tests;
#[cfg(test)]
mod tests;
