//! `miaopi admin`: the first tenant, accounts, API keys. Works on the data folder itself, with the server stopped.
//! What ends them again is in `close.rs`.

use std::{
    io::{BufRead, IsTerminal},
    path::PathBuf,
    process::ExitCode,
};

use anyhow::{Context, bail};
use shared::domain::{AccountId, Role, Scope, Scopes, TenantId};

use super::close;
use crate::{
    accounts::{
        create::{self, By, Company, Login, NewAccount, NewTenant},
        password::{self, Password},
    },
    app::{self, SEAL_FINGERPRINT, seal_fingerprint},
    audit,
    config::{Config, Flag},
    contracts::SealKey,
    problem::Problem,
    store::{Folder, Store},
    world::World,
};

#[derive(clap::Args)]
pub(super) struct Args {
    /// TOML file with settings.
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,
    /// Data folder.
    #[arg(long, value_name = "DIR", global = true)]
    data: Option<PathBuf>,
    #[command(subcommand)]
    command: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// Make a tenant and its administrator.
    Create {
        /// The company's Chinese name.
        #[arg(long)]
        name_zh: String,
        /// The company's English name.
        #[arg(long)]
        name_en: String,
        /// The administrator's name for signing in.
        #[arg(long, default_value = "admin")]
        login: String,
        #[command(flatten)]
        company: CompanyArgs,
    },
    /// Say what a tenant is registered with: its contracts name it.
    Company {
        #[command(flatten)]
        company: CompanyArgs,
        /// The tenant's id; may be left out where there is one tenant.
        #[arg(long)]
        tenant: Option<TenantId>,
    },
    /// Make an account.
    Account {
        /// Name for signing in.
        #[arg(long)]
        login: String,
        /// advisor, reviewer, designer, approver, controller, manager, tenant_admin or operator; may be repeated.
        #[arg(long = "role", required = true)]
        roles: Vec<String>,
        /// The tenant's id; may be left out where there is one tenant.
        #[arg(long)]
        tenant: Option<TenantId>,
    },
    /// Verify the audit chain, also while the server runs: exit code 2 and the first bad row when it is broken.
    Audit,
    /// Use the seal.pem that lies in the data folder now, although other contracts were sealed with another.
    NewSeal,
    /// Close an account and end its sessions.
    Disable {
        /// Name for signing in.
        #[arg(long)]
        login: String,
    },
    /// Open a closed account again.
    Enable {
        /// Name for signing in.
        #[arg(long)]
        login: String,
    },
    /// Set another password, from the first line of standard input or made and shown, and end the account's sessions.
    Password {
        /// Name for signing in.
        #[arg(long)]
        login: String,
    },
    /// Revoke an API key for good.
    RevokeKey {
        /// The key's id, as said when it was made.
        #[arg(long)]
        key: String,
        /// The tenant's id; may be left out where there is one tenant.
        #[arg(long)]
        tenant: Option<TenantId>,
    },
    /// Make an API key.
    ApiKey {
        /// What the key is for.
        #[arg(long)]
        label: String,
        /// links:write, links:read, cases:read, documents:read or webhooks:write; may be repeated. Without any: the
        /// first three.
        #[arg(long = "scope")]
        scopes: Vec<String>,
        /// The tenant's id; may be left out where there is one tenant.
        #[arg(long)]
        tenant: Option<TenantId>,
    },
}

#[derive(clap::Args)]
struct CompanyArgs {
    /// Unified social credit code.
    #[arg(long)]
    credit_code: String,
    /// Registered address.
    #[arg(long)]
    address: String,
    /// Where customers ask and complain.
    #[arg(long)]
    phone: String,
}

impl CompanyArgs {
    fn checked(self) -> anyhow::Result<Company> {
        let company = Company { credit_code: self.credit_code, address: self.address, phone: self.phone };
        company.check()?;
        Ok(company)
    }
}

/// What these commands work with.
pub(super) struct Desk {
    pub(super) store: Store,
    pub(super) world: World,
}

impl Desk {
    fn open(config: &Config) -> anyhow::Result<Self> {
        let world = World::system()?;
        let store = Store::open_in(Folder::take(&config.data)?, (), |conn| {
            Ok::<_, anyhow::Error>(Some(app::open_keys(conn, config, &world)?.audit_chain()))
        })?;
        Ok(Self { store, world })
    }
}

pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let data: Option<Flag> = args.data.as_ref().map(|data| ("data", data.to_string_lossy().into()));
    let config = Config::load(args.config.as_deref(), data.into_iter().collect())?;
    if matches!(args.command, What::Audit) {
        return super::audit::run(&config);
    }
    super::runtime()?.block_on(async {
        let desk = Desk::open(&config)?;
        let by = By { actor: "console".to_owned(), at: desk.world.clock.now() };
        match args.command {
            What::Create { name_zh, name_en, login, company } => {
                create_tenant(&desk, by, name_zh, name_en, company.checked()?, &login).await
            }
            What::Company { company, tenant } => {
                let (tenant, company) = (the_tenant(&desk, tenant).await?, company.checked()?);
                desk.store.write(move |conn| create::company(conn, tenant, &company, &by)).await?;
                Ok(())
            }
            What::Account { login, roles, tenant } => create_account(&desk, by, &login, &roles, tenant).await,
            What::ApiKey { label, scopes, tenant } => create_key(&desk, by, label, &scopes, tenant).await,
            What::NewSeal => use_seal(&desk, by).await,
            What::Audit => Ok(()),
            What::Disable { login } => close::disable(&desk, by, &login).await,
            What::Enable { login } => close::enable(&desk, by, &login).await,
            What::Password { login } => close::reset_password(&desk, by, &login).await,
            What::RevokeKey { key, tenant } => {
                let tenant = the_tenant(&desk, tenant).await?;
                close::revoke_key(&desk, by, tenant, key).await
            }
        }
    })?;
    Ok(ExitCode::SUCCESS)
}

async fn create_tenant(
    desk: &Desk,
    by: By,
    name_zh: String,
    name_en: String,
    company: Company,
    login: &str,
) -> anyhow::Result<()> {
    let tenant = NewTenant { id: TenantId::from_bytes(desk.world.random.bytes()), name_zh, name_en, company };
    let (id, login) = (tenant.id, Login::parse(login)?);
    let (account, shown) = new_account(desk, id, login.clone(), vec![Role::TenantAdmin])?;
    desk.store
        .write(move |conn| {
            create::tenant(conn, &tenant, &by)?;
            create::account(conn, &account, &by)
        })
        .await?;
    println!("tenant   {id}");
    say(&login, shown);
    Ok(())
}

async fn create_account(
    desk: &Desk,
    by: By,
    login: &str,
    roles: &[String],
    tenant: Option<TenantId>,
) -> anyhow::Result<()> {
    let known = |code: &String| Role::from_code(code).with_context(|| format!("there is no role {code}"));
    let roles = roles.iter().map(known).collect::<anyhow::Result<Vec<Role>>>()?;
    let (tenant, login) = (the_tenant(desk, tenant).await?, Login::parse(login)?);
    let (account, shown) = new_account(desk, tenant, login.clone(), roles)?;
    desk.store.write(move |conn| create::account(conn, &account, &by)).await?;
    say(&login, shown);
    Ok(())
}

async fn create_key(
    desk: &Desk,
    by: By,
    label: String,
    scopes: &[String],
    tenant: Option<TenantId>,
) -> anyhow::Result<()> {
    let known = |code: &String| Scope::from_code(code).with_context(|| format!("there is no scope {code}"));
    let chosen = scopes.iter().map(known).collect::<anyhow::Result<Vec<Scope>>>()?;
    let scopes =
        Scopes::of(if chosen.is_empty() { &Scope::USUAL } else { &chosen }).context("a key needs a scope")?;
    let (tenant, secret) = (the_tenant(desk, tenant).await?, create::new_key(&desk.world.random));
    let kept = secret.clone();
    let id =
        desk.store.write(move |conn| create::api_key(conn, tenant, (&label, &scopes), &kept, &by)).await?;
    println!("key      {id}\nsecret   {secret}   (shown this once)");
    Ok(())
}

/// Takes over another seal: contracts sealed before stay valid under the root of the one before.
async fn use_seal(desk: &Desk, by: By) -> anyhow::Result<()> {
    let file = desk.store.folder().join("seal.pem");
    let text =
        std::fs::read_to_string(&file).with_context(|| format!("{} cannot be read", file.display()))?;
    let key = SealKey::from_pem(&text)?;
    let fingerprint = seal_fingerprint(&key)?;
    let noted = fingerprint.clone();
    desk.store
        .write(move |conn| {
            conn.execute(
                "INSERT OR REPLACE INTO meta(key, value) VALUES (?1, ?2)",
                [SEAL_FINGERPRINT, &noted],
            )?;
            let entry = audit::Entry {
                tenant: "",
                at: by.at,
                actor: &by.actor,
                action: "seal.changed",
                subject: &noted,
                detail: "{}",
            };
            Ok::<_, Problem>(audit::record(conn, entry)?)
        })
        .await?;
    let root = desk.store.folder().join(format!("seal-root-{}.pem", &fingerprint[..16]));
    std::fs::write(&root, key.root_pem()?)?;
    println!(
        "seal     {fingerprint}\nroot     {}   (verifiers of new contracts have to trust it)",
        root.display()
    );
    Ok(())
}

/// The password comes from the first line of standard input, or is made and shown when that is a terminal.
fn new_account(
    desk: &Desk,
    tenant: TenantId,
    login: Login,
    roles: Vec<Role>,
) -> anyhow::Result<(NewAccount, Option<Password>)> {
    let typed = typed_password()?;
    let password = typed.clone().unwrap_or_else(|| Password::generate(&desk.world.random));
    password.check()?;
    let id = AccountId::from_bytes(desk.world.random.bytes());
    let password_hash = password::hash(&password, &desk.world.random)?;
    let shown = if typed.is_none() { Some(password) } else { None };
    Ok((NewAccount { tenant, id, login, password_hash, roles }, shown))
}

pub(super) fn typed_password() -> anyhow::Result<Option<Password>> {
    if std::io::stdin().is_terminal() {
        return Ok(None);
    }
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    let line = line.trim_end_matches(['\r', '\n']);
    Ok((!line.is_empty()).then(|| line.to_owned().into()))
}

pub(super) fn say(login: &Login, made: Option<Password>) {
    println!("login    {}", login.as_str());
    match made {
        Some(password) => println!("password {}   (shown this once)", password.reveal()),
        None => println!("password as given"),
    }
}

async fn the_tenant(desk: &Desk, named: Option<TenantId>) -> anyhow::Result<TenantId> {
    let all: Vec<String> = desk
        .store
        .read::<_, Problem>(|conn| {
            let mut rows = conn.prepare("SELECT id FROM tenants ORDER BY id LIMIT 100")?;
            let ids = rows.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
            Ok(ids)
        })
        .await?;
    match (named, all.as_slice()) {
        (Some(id), _) if all.contains(&id.to_string()) => Ok(id),
        (Some(id), _) => bail!("there is no tenant {id}"),
        (None, [only]) => Ok(only.parse()?),
        (None, []) => bail!("there is no tenant yet; make one with `miaopi admin create`"),
        (None, many) => bail!("name the tenant with --tenant; there are {}: {}", many.len(), many.join(", ")),
    }
}
