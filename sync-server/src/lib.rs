//! Miaopi's server and command line.
//!
//! Where to start: [`cases`] for what a customer's case goes through, [`flows`] for the driver that carries a flow's
//! run forward durably, [`sync`] for advisors' devices, [`store`] for the one writer behind every change.

pub mod accounts;
pub mod app;
pub mod audit;
pub mod blacklist;
pub mod captures;
pub mod cases;
pub mod cli;
pub mod config;
mod confined;
pub mod contracts;
pub mod control_room;
pub mod crypt;
pub mod demo;
pub mod devices;
pub mod flows;
pub mod http;
pub mod lab;
pub mod links;
pub mod numbers;
pub mod office;
pub mod ops;
pub mod outgoing;
pub mod own_funders;
pub mod partners;
pub mod photos;
pub mod problem;
pub mod router;
pub mod store;
pub mod submissions;
pub mod sync;
#[cfg(test)]
mod testing;
pub mod world;
