//! TLS servers on the loopback, right ones and wrong ones: each sends what a test says.
//!
//! ```text
//! let server = TlsServer::start(Manner::sends(&[&leaf, &ca2, &ca1]));
//! let server = TlsServer::start(Manner::sends(&[&leaf]).only(&rustls::version::TLS12).asks_for_a_certificate());
//! … format!("127.0.0.1:{}", server.port()) …
//! ```

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{CryptoProvider, SupportedKxGroup, aws_lc_rs};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{
    DigitallySignedStruct, DistinguishedName, Error, ServerConfig, ServerConnection, SignatureScheme,
    SupportedProtocolVersion,
};

use super::pki::Cert;

/// A client that says nothing is let go after this long.
const READ_TIMEOUT: Duration = Duration::from_secs(30);

/// What a server sends, and how.
#[derive(Clone)]
pub struct Manner {
    sites: Vec<Site>,
    versions: Vec<&'static SupportedProtocolVersion>,
    groups: Vec<&'static dyn SupportedKxGroup>,
    asks: bool,
}

#[derive(Clone)]
struct Site {
    /// By SNI; without it for everybody.
    name: Option<String>,
    key: Arc<CertifiedKey>,
}

impl Manner {
    /// Sends these certificates, whatever they are; speaks with the key of the first.
    pub fn sends(chain: &[&Cert]) -> Self {
        let first = chain.first().expect("a server has a leaf");
        let der: Vec<Vec<u8>> = chain.iter().map(|certificate| certificate.der().to_vec()).collect();
        Self::sends_entries(&der, first)
    }

    /// Sends these bytes as certificates, with this one's key.
    pub fn sends_entries(entries: &[Vec<u8>], owner: &Cert) -> Self {
        Self { sites: vec![Site { name: None, key: certified(entries, owner) }], ..Self::by_name() }
    }

    /// Nothing at first: only what [`Self::site`] adds.
    pub fn by_name() -> Self {
        let groups = aws_lc_rs::default_provider().kx_groups;
        Self { sites: Vec::new(), versions: rustls::ALL_VERSIONS.to_vec(), groups, asks: false }
    }

    /// Sends these to who asks for `name`.
    pub fn site(mut self, name: &str, chain: &[&Cert]) -> Self {
        let entries: Vec<Vec<u8>> = chain.iter().map(|certificate| certificate.der().to_vec()).collect();
        let key = certified(&entries, chain.first().expect("a server has a leaf"));
        self.sites.insert(0, Site { name: Some(name.to_owned()), key });
        self
    }

    /// Speaks this version alone.
    pub fn only(mut self, version: &'static SupportedProtocolVersion) -> Self {
        self.versions = vec![version];
        self
    }

    /// Exchanges keys in this way alone.
    pub fn exchanges(mut self, group: &'static dyn SupportedKxGroup) -> Self {
        self.groups = vec![group];
        self
    }

    /// Wants a certificate from its clients, and ends the handshake without one.
    pub fn asks_for_a_certificate(mut self) -> Self {
        self.asks = true;
        self
    }

    fn config(self, names: Arc<Mutex<Vec<Option<String>>>>) -> ServerConfig {
        let provider = CryptoProvider { kx_groups: self.groups, ..aws_lc_rs::default_provider() };
        let builder = ServerConfig::builder_with_provider(Arc::new(provider))
            .with_protocol_versions(&self.versions)
            .expect("versions that the provider has");
        let builder = match self.asks {
            true => builder.with_client_cert_verifier(Arc::new(Asks)),
            false => builder.with_no_client_auth(),
        };
        builder.with_cert_resolver(Arc::new(Sites { sites: self.sites, names }))
    }
}

impl std::fmt::Debug for Site {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.name)
    }
}

fn certified(entries: &[Vec<u8>], owner: &Cert) -> Arc<CertifiedKey> {
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(owner.private_key_der()));
    let key = aws_lc_rs::sign::any_supported_type(&key).expect("a key that rcgen made");
    Arc::new(CertifiedKey::new(entries.iter().map(|der| CertificateDer::from(der.clone())).collect(), key))
}

#[derive(Debug)]
struct Sites {
    sites: Vec<Site>,
    /// The names that were asked for.
    names: Arc<Mutex<Vec<Option<String>>>>,
}

impl ResolvesServerCert for Sites {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.names.lock().unwrap().push(hello.server_name().map(str::to_owned));
        let wanted = |site: &&Site| site.name.is_none() || site.name.as_deref() == hello.server_name();
        self.sites.iter().find(wanted).map(|site| site.key.clone())
    }
}

fn refused<T>() -> Result<T, Error> {
    Err(Error::General("no client is let in".to_owned()))
}

/// Asks for a certificate; none is good enough.
#[derive(Debug)]
struct Asks;

impl ClientCertVerifier for Asks {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        refused()
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        refused()
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        refused()
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ECDSA_NISTP256_SHA256]
    }
}

/// A server that stops when it is dropped.
pub struct TlsServer {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
    names: Arc<Mutex<Vec<Option<String>>>>,
    thread: Option<JoinHandle<()>>,
}

impl TlsServer {
    /// Listens on 127.0.0.1, on a port that the system picks.
    pub fn start(manner: Manner) -> Self {
        Self::start_at("127.0.0.1:0", manner).expect("the loopback has a free port")
    }

    /// Listens there, if that can be.
    pub fn start_at(address: &str, manner: Manner) -> std::io::Result<Self> {
        let names = Arc::new(Mutex::new(Vec::new()));
        let config = Arc::new(manner.config(Arc::clone(&names)));
        let talk = move |mut socket: TcpStream| {
            let mut connection = ServerConnection::new(Arc::clone(&config)).expect("the configuration is good");
            // Clients that have what they came for hang up.
            while connection.is_handshaking() && connection.complete_io(&mut socket).is_ok() {}
            let _ = connection.complete_io(&mut socket);
        };
        let (address, stop, thread) = listen(address, talk)?;
        Ok(Self { address, stop, names, thread: Some(thread) })
    }

    /// A server that does this with each connection, TLS or not.
    pub fn raw(talk: impl Fn(TcpStream) + Send + Sync + 'static) -> Self {
        let (address, stop, thread) = listen("127.0.0.1:0", talk).expect("the loopback has a free port");
        Self { address, stop, names: Arc::default(), thread: Some(thread) }
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// The names that clients asked for (SNI), in order.
    pub fn names(&self) -> Vec<Option<String>> {
        self.names.lock().unwrap().clone()
    }
}

fn listen(
    address: &str,
    talk: impl Fn(TcpStream) + Send + Sync + 'static,
) -> std::io::Result<(SocketAddr, Arc<AtomicBool>, JoinHandle<()>)> {
    let listener = TcpListener::bind(address)?;
    let address = listener.local_addr()?;
    let (stop, talk) = (Arc::new(AtomicBool::new(false)), Arc::new(talk));
    let stopped = Arc::clone(&stop);
    let thread = std::thread::spawn(move || {
        for socket in listener.incoming() {
            if stopped.load(Ordering::SeqCst) {
                return;
            }
            let Ok(socket) = socket else { continue };
            let _ = socket.set_read_timeout(Some(READ_TIMEOUT));
            let talk = Arc::clone(&talk);
            std::thread::spawn(move || talk(socket));
        }
    });
    Ok((address, stop, thread))
}

impl Drop for TlsServer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // Wakes the thread that waits for a connection.
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
