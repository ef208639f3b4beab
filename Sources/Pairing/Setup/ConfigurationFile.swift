import FoundationEssentials

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Writes a new file, whole or not at all, and never over one that is there.
package enum ConfigurationFile {
    /// Why a file was not written.
    package struct Failure: Error, Sendable, Hashable, CustomStringConvertible {
        /// What happened.
        package var message: String
        /// What to do.
        package var hint: String

        package var description: String { "\(message); \(hint)" }
    }

    /// Whether something of that name is there.
    package static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// Writes a file.
    ///
    /// - Throws: ``Failure``; nothing is left then.
    package static func create(_ path: String, text: String) throws(Failure) {
        let temporary = "\(path).\(getpid()).new"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw failure(path, "can't be created") }
        defer { unlink(temporary) }
        let bytes = Array(text.utf8)
        var offset = 0
        while offset < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                write(descriptor, buffer.baseAddress?.advanced(by: offset), buffer.count - offset)
            }
            if count > 0 {
                offset += count
            } else if errno != EINTR {
                let problem = failure(path, "can't be written")
                close(descriptor)
                throw problem
            }
        }
        guard fsync(descriptor) == 0, close(descriptor) == 0 else { throw failure(path, "can't be written") }
        // A link is never made over a file that came meanwhile.
        guard link(temporary, path) == 0 else { throw failure(path, "can't be created") }
    }

    private static func failure(_ path: String, _ what: String) -> Failure {
        let reason = String(cString: strerror(errno))
        return Failure(
            message: "the configuration \(path) \(what): \(reason)",
            hint: "name a file that does not exist, in a folder that you may write to, with --config"
        )
    }
}
