//! `hepatica protocol`: the protocols by which features are extracted.

use clap::Args;

use super::input;
use super::output::answer;
use crate::radiomics::Protocol;

/// List the shipped protocols, or print one as a parameter file
///
/// A protocol is a parameter file of PyRadiomics 3.0.1 (YAML). A shipped one is printed with its reasons, to begin a file of
/// one's own from; a file is printed as it is understood, every setting written out. PyRadiomics reads both.
#[derive(Debug, Args)]
pub struct ShowProtocol {
    /// Name of a shipped protocol, or a parameter file; without it the shipped ones are listed
    #[arg(value_name = "NAME|FILE.yaml")]
    protocol: Option<String>,
}

impl ShowProtocol {
    /// Prints the protocol, or the list.
    pub fn run(self) -> anyhow::Result<()> {
        let text = match &self.protocol {
            Some(name) => match Protocol::shipped_text(name) {
                Some(text) => text.to_owned(),
                None => input::load_protocol(name)?.to_yaml(),
            },
            None => Protocol::SHIPPED.into_iter().filter_map(Protocol::shipped).map(|shipped| line(&shipped)).collect(),
        };
        Ok(answer(&text)?)
    }
}

/// Name and fingerprint, as they stand in every feature table.
fn line(protocol: &Protocol) -> String {
    format!("{:16}{}\n", protocol.name, protocol.fingerprint())
}
