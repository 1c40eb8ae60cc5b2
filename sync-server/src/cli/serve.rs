//! `miaopi serve`: takes the data folder, listens, and stops without dropping what is under way.

use std::{
    net::{SocketAddr, TcpListener},
    path::PathBuf,
    process::ExitCode,
    time::Duration,
};

use anyhow::Context;
use axum_server::{Handle, tls_rustls::RustlsConfig};
use serde_json::Value;

use super::logging;
use crate::{
    app::App,
    audit,
    config::{Config, Flag},
    demo, router,
    store::Folder,
    world::World,
};

/// Seconds that requests under way get when the server stops.
const STOP_SECONDS: u64 = 10;
/// Seconds a connection may take for the head of a request.
const HEAD_SECONDS: u64 = 15;

#[derive(clap::Args)]
pub(super) struct Args {
    /// TOML file with settings.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Data folder.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Where to listen; port 0 takes a free one.
    #[arg(long, value_name = "HOST:PORT")]
    addr: Option<String>,
    /// How customers reach this server.
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// PEM file with the certificate chain.
    #[arg(long, value_name = "FILE")]
    tls_cert: Option<PathBuf>,
    /// PEM file with the private key.
    #[arg(long, value_name = "FILE")]
    tls_key: Option<PathBuf>,
    /// Proxies whose X-Forwarded-For is believed.
    #[arg(long, value_name = "CIDR", value_delimiter = ',')]
    trusted_proxies: Vec<String>,
    /// Make a demo tenant, accounts, a customer link and the partner lab.
    #[arg(long)]
    demo: bool,
    /// Print all settings, secrets masked, and end.
    #[arg(long)]
    print_config: bool,
}

pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let config = Config::load(args.config.as_deref(), flags(&args))?;
    if args.print_config {
        print!("{}", config.to_toml());
        return Ok(ExitCode::SUCCESS);
    }
    logging::start(&config)?;
    super::runtime()?.block_on(serve(config))
}

fn flags(args: &Args) -> Vec<Flag> {
    let path = |path: &PathBuf| Value::from(path.to_string_lossy());
    let text = |text: &String| Value::from(text.as_str());
    let mut flags = Vec::new();
    flags.extend(args.data.as_ref().map(|v| ("data", path(v))));
    flags.extend(args.addr.as_ref().map(|v| ("addr", text(v))));
    flags.extend(args.public_url.as_ref().map(|v| ("public_url", text(v))));
    flags.extend(args.tls_cert.as_ref().map(|v| ("tls_cert", path(v))));
    flags.extend(args.tls_key.as_ref().map(|v| ("tls_key", path(v))));
    if !args.trusted_proxies.is_empty() {
        flags.push(("trusted_proxies", args.trusted_proxies.iter().map(text).collect()));
    }
    if args.demo {
        flags.push(("demo", true.into()));
    }
    flags
}

/// Runs on the main thread for as long as the process lives: the demo's lab is its child and dies with it.
async fn serve(mut config: Config) -> anyhow::Result<ExitCode> {
    let tls = tls(&config).await?;
    // Before anything else is touched: a second start says that the folder is in use, and nothing more.
    let folder = Folder::take(&config.data)?;
    let listener = listen(config.addr)?;
    config.addr = listener.local_addr()?;
    let demo = if config.demo { Some(demo::Lab::start(&mut config).await?) } else { None };
    for warning in config.warnings() {
        tracing::warn!("{warning}");
    }
    let app = App::open_in(folder, config, World::system()?)?;
    app.begin().await?;

    let handle = Handle::new();
    let stop = tokio::spawn(stop_when_told(handle.clone(), app.clone()));
    let router = router::build(app.clone());
    let server = tokio::spawn(answer(listener, tls, handle.clone(), router.clone()));
    if handle.listening().await.is_some() {
        announce(&app)?;
        if let Some(lab) = &demo {
            demo::write(&app, router, lab).await?;
        }
    }
    server.await??;
    stop.abort();
    app.stopping.cancel();
    app.driver.close();
    audit::head::note(&app, 0).await;
    tracing::info!("stopped");
    Ok(ExitCode::SUCCESS)
}

async fn tls(config: &Config) -> anyhow::Result<Option<RustlsConfig>> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let (Some(cert), Some(key)) = (&config.tls_cert, &config.tls_key) else { return Ok(None) };
    let files = || format!("{} and {} are not a certificate and its key", cert.display(), key.display());
    Ok(Some(RustlsConfig::from_pem_file(cert, key).await.with_context(files)?))
}

fn listen(addr: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(addr).with_context(|| {
        format!("cannot listen on {addr}; stop what listens there, or choose another --addr (port 0 takes a free one)")
    })
}

async fn answer(
    listener: TcpListener,
    tls: Option<RustlsConfig>,
    handle: Handle<SocketAddr>,
    router: axum::Router,
) -> anyhow::Result<()> {
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    let head = Duration::from_secs(HEAD_SECONDS);
    match tls {
        Some(tls) => {
            let mut server =
                axum_server::from_tcp_rustls(listener, tls)?.handle(handle).first_request_timeout(head);
            server.http_builder().http1().header_read_timeout(head);
            server.serve(service).await?;
        }
        None => {
            let mut server = axum_server::from_tcp(listener)?.handle(handle).first_request_timeout(head);
            server.http_builder().http1().header_read_timeout(head);
            server.serve(service).await?;
        }
    }
    Ok(())
}

/// Says where the server is, on standard output and in the data folder.
fn announce(app: &App) -> anyhow::Result<()> {
    let url = app.config.public_url();
    std::fs::write(app.store.folder().join("address"), format!("{}\n", app.config.addr))?;
    println!("miaopi {} listens on {} and is reached at {url}", env!("CARGO_PKG_VERSION"), app.config.addr);
    tracing::info!(addr = %app.config.addr, %url, "listening");
    Ok(())
}

/// On SIGTERM or SIGINT: no new connections, event streams end, requests under way get [`STOP_SECONDS`]. A second
/// signal ends the process at once; what was acknowledged is on the disk.
async fn stop_when_told(handle: Handle<SocketAddr>, app: App) {
    told_to_stop().await;
    tracing::info!("stopping");
    app.stopping.cancel();
    handle.graceful_shutdown(Some(Duration::from_secs(STOP_SECONDS)));
    told_to_stop().await;
    handle.shutdown();
}

pub(super) async fn told_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut term), Ok(mut int)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        tracing::error!("signals cannot be received; the server stops only when it is killed");
        return std::future::pending().await;
    };
    tokio::select! {
        _ = term.recv() => (),
        _ = int.recv() => (),
    }
}
