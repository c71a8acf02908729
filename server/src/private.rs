//! Files and folders that nobody else on the machine reads. On systems without such modes they are plain ones.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::Path;

/// Makes a folder and what is missing above it, for the owner alone. One that exists stays as it is.
///
/// # Errors
/// When it cannot be made.
pub fn folder(path: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Makes a new file.
///
/// # Errors
/// When it exists, or cannot be made.
pub fn create(path: &Path) -> io::Result<File> {
    ours(OpenOptions::new().write(true).create_new(true)).open(path)
}

/// Opens a file to write, and makes it where there is none. What is in it stays.
///
/// # Errors
/// When it cannot be opened.
pub fn open(path: &Path) -> io::Result<File> {
    ours(OpenOptions::new().write(true).create(true).truncate(false)).open(path)
}

/// Takes what others may do with a file or folder away, where there is one.
///
/// # Errors
/// When it belongs to somebody else.
pub fn tighten(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        match std::fs::metadata(path) {
            Ok(found) if found.permissions().mode() & 0o077 != 0 => {
                let mode = found.permissions().mode() & 0o700;
                std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))?;
            }
            Err(fault) if fault.kind() != io::ErrorKind::NotFound => return Err(fault),
            Ok(_) | Err(_) => {}
        }
    }
    let _ = path;
    Ok(())
}

fn ours(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}
