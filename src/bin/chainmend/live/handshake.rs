//! A TLS handshake up to the server's certificates, by rustls.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex, PoisonError};

use chainmend::verify::Host;
use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, Error, ProtocolVersion, SignatureScheme};

use super::failure::Failure;
use super::reach::Deadline;

/// The most bytes that a server may send on the way to its certificates. rustls takes handshake
/// messages of up to 64 KiB, and no client more than a few; what is left is room for tickets and
/// padding.
const MAX_BYTES: usize = 256 * 1024;

/// So much of what a server says first is looked at, where it is no TLS.
const GREETING: usize = 256;

/// Every scheme there is, so that no server lacks one; those of ECDSA first, as browsers have it: of
/// a server with several leaves, this is the one that they get.
const SCHEMES: &[SignatureScheme] = &[
    SignatureScheme::ECDSA_NISTP256_SHA256,
    SignatureScheme::ECDSA_NISTP384_SHA384,
    SignatureScheme::ECDSA_NISTP521_SHA512,
    SignatureScheme::ED25519,
    SignatureScheme::ED448,
    SignatureScheme::RSA_PSS_SHA256,
    SignatureScheme::RSA_PSS_SHA384,
    SignatureScheme::RSA_PSS_SHA512,
    SignatureScheme::RSA_PKCS1_SHA256,
    SignatureScheme::RSA_PKCS1_SHA384,
    SignatureScheme::RSA_PKCS1_SHA512,
    SignatureScheme::ML_DSA_44,
    SignatureScheme::ML_DSA_65,
    SignatureScheme::ML_DSA_87,
    SignatureScheme::ECDSA_SHA1_Legacy,
    SignatureScheme::RSA_PKCS1_SHA1,
];

/// Notes the certificates and lets everything pass: whether they are any good is what the program
/// says about them afterwards, and no data follows.
#[derive(Debug, Default)]
struct Recorder(Mutex<Option<Vec<Vec<u8>>>>);

impl Recorder {
    fn taken(&self) -> Option<Vec<Vec<u8>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl ServerCertVerifier for Recorder {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let all = std::iter::once(end_entity).chain(intermediates).map(|der| der.to_vec()).collect();
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(all);
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        SCHEMES.to_vec()
    }
}

/// The entries of the server's Certificate message, and the version of TLS.
pub fn certificates(
    socket: &TcpStream,
    host: &Host,
    deadline: Deadline,
) -> Result<(Vec<Vec<u8>>, &'static str), Failure> {
    let recorder = Arc::new(Recorder::default());
    let mut connection = client(host, Arc::clone(&recorder))?;
    let mut talk = Talk { socket, deadline, received: 0, greeting: Vec::new() };
    loop {
        let outcome = talk.turn(&mut connection);
        if let Some(certificates) = recorder.taken() {
            talk.part(&mut connection);
            return Ok((certificates, version(&connection)));
        }
        outcome.inspect_err(|_| talk.part(&mut connection))?;
    }
}

fn client(host: &Host, recorder: Arc<Recorder>) -> Result<ClientConnection, Failure> {
    // An address is no name for SNI (RFC 6066 §3), and rustls sends none then.
    let name = match host {
        Host::Dns(name) => ServerName::try_from(name.clone()).map_err(|_| Failure::NoName)?,
        Host::Ip(ip) => ServerName::from(*ip),
    };
    // The hello stays within one packet, which old servers and boxes on the way want: a key share of a
    // kilobyte only where the server asks for it (RFC 8446 §4.1.4), and so the hybrid group comes last.
    let groups = [
        aws_lc_rs::kx_group::X25519,
        aws_lc_rs::kx_group::SECP256R1,
        aws_lc_rs::kx_group::SECP384R1,
        aws_lc_rs::kx_group::X25519MLKEM768,
    ];
    let provider = CryptoProvider { kx_groups: groups.to_vec(), ..aws_lc_rs::default_provider() };
    let mut config = ClientConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(rustls::ALL_VERSIONS)
        .map_err(Failure::Tls)?
        .dangerous()
        .with_custom_certificate_verifier(recorder)
        .with_no_client_auth();
    config.resumption = Resumption::disabled();
    ClientConnection::new(Arc::new(config), name).map_err(Failure::Tls)
}

fn version(connection: &ClientConnection) -> &'static str {
    match connection.protocol_version() {
        Some(ProtocolVersion::TLSv1_2) => "TLS 1.2",
        _ => "TLS 1.3",
    }
}

/// The conversation with the server.
struct Talk<'a> {
    socket: &'a TcpStream,
    deadline: Deadline,
    received: usize,
    /// The first bytes that came.
    greeting: Vec<u8>,
}

impl Talk<'_> {
    /// Says what is to be said, and hears what comes.
    fn turn(&mut self, connection: &mut ClientConnection) -> Result<(), Failure> {
        // A server that hung up may have said why.
        let said = self.say(connection);
        let mut buffer = [0; 16 * 1024];
        let count = self.hear(&mut buffer).map_err(|failure| said.err().unwrap_or(failure))?;
        let mut bytes = buffer.get(..count).unwrap_or_default();
        let room = GREETING.saturating_sub(self.greeting.len());
        self.greeting.extend(bytes.iter().take(room));
        self.received += count;
        if !speaks_tls(&self.greeting) {
            return Err(Failure::NotTls(std::mem::take(&mut self.greeting)));
        }
        if self.received > MAX_BYTES {
            return Err(Failure::TooMuch);
        }
        while !bytes.is_empty() {
            connection.read_tls(&mut bytes).map_err(|_| Failure::TooMuch)?;
            connection.process_new_packets().map_err(Failure::Tls)?;
        }
        Ok(())
    }

    fn say(&self, connection: &mut ClientConnection) -> Result<(), Failure> {
        while connection.wants_write() {
            let left = self.deadline.left().ok_or(Failure::TimedOut(self.received))?;
            let set = self.socket.set_write_timeout(Some(left));
            set.and_then(|()| connection.write_tls(&mut &*self.socket)).map_err(|error| self.broken(&error))?;
        }
        Ok(())
    }

    fn hear(&self, buffer: &mut [u8]) -> Result<usize, Failure> {
        loop {
            let left = self.deadline.left().ok_or(Failure::TimedOut(self.received))?;
            let set = self.socket.set_read_timeout(Some(left));
            match set.and_then(|()| (&*self.socket).read(buffer)) {
                Ok(0) => return Err(Failure::Closed(self.received)),
                Ok(count) => return Ok(count),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(self.broken(&error)),
            }
        }
    }

    fn broken(&self, error: &io::Error) -> Failure {
        match error.kind() {
            ErrorKind::WouldBlock | ErrorKind::TimedOut => Failure::TimedOut(self.received),
            ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe => {
                Failure::Closed(self.received)
            }
            _ => Failure::Io(crate::problem::why(error)),
        }
    }

    /// Goes politely, as far as that takes no waiting.
    fn part(&self, connection: &mut ClientConnection) {
        connection.send_close_notify();
        // What the server does with it is no matter any more.
        let _ = self.say(connection);
        let _ = (&*self.socket).flush();
    }
}

/// Whether this may be the start of a TLS record (RFC 8446 §5.1): alert or handshake, version 3.
fn speaks_tls(greeting: &[u8]) -> bool {
    match greeting {
        [kind, major, ..] => (0x14..=0x17).contains(kind) && *major == 3,
        [kind] => (0x14..=0x17).contains(kind),
        [] => true,
    }
}
