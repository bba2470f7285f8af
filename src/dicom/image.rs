//! One image file as its header describes it: where it is, how its pixels are stored.

/// A file that holds one or more frames of a series.
#[derive(Debug, Clone, Default)]
pub struct ImageFile {
    /// The file's path, or archive and member, as it is shown in messages.
    pub name: String,
    /// SOP Instance UID (0008,0018).
    pub sop_instance_uid: String,
    /// Transfer Syntax UID (0002,0010).
    pub transfer_syntax_uid: String,
    /// Number of frames in the file.
    pub frames: u32,
}
