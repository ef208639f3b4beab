import ControlModel
import ErrorCodes

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Standard output and standard error.
enum Terminal {
    /// How texts on standard output look: with colours only where a person reads them.
    static var style: TextStyle { TextStyle(isColoured: isatty(STDOUT_FILENO) == 1 && getenv("NO_COLOR") == nil) }

    /// Whether a person watches standard error.
    static var isErrorInteractive: Bool { isatty(STDERR_FILENO) == 1 }

    /// Whether a person can be asked.
    static var isInputInteractive: Bool { isatty(STDIN_FILENO) == 1 }

    /// Prints a text and a line break to standard output.
    ///
    /// - Returns: whether all of it was taken; not so where nobody reads any more.
    @discardableResult
    static func print(_ text: String) -> Bool {
        Self.write(text.hasSuffix("\n") ? text : text + "\n", to: STDOUT_FILENO)
    }

    /// Prints a text and a line break to standard error.
    static func printError(_ text: String) {
        Self.write(text + "\n", to: STDERR_FILENO)
    }

    /// Writes a text as it is, in one call where the system takes it, so that lines of several tasks don't mix.
    ///
    /// - Returns: whether all of it was taken.
    @discardableResult
    static func write(_ text: String, to descriptor: Int32) -> Bool {
        let bytes = Array(text.utf8)
        return bytes.withUnsafeBytes { buffer in
            var offset = 0
            while offset < buffer.count {
                let count = systemWrite(descriptor, buffer.baseAddress?.advanced(by: offset), buffer.count - offset)
                if count > 0 {
                    offset += count
                } else if errno != EINTR {
                    return false
                }
            }
            return true
        }
    }
}

// `write` is a method of the type above, which hides the system's.
private func systemWrite(_ descriptor: Int32, _ buffer: UnsafeRawPointer?, _ count: Int) -> Int {
    write(descriptor, buffer, count)
}

extension Terminal {
    /// Has a person agree to something.
    ///
    /// - Throws: ``OperationError`` where the answer is no, or nobody is there to answer.
    static func confirm(_ question: String) throws(OperationError) {
        guard let answer = Self.ask("\(question) [y/N] ") else {
            throw OperationError(
                .usage,
                code: .notConfirmed,
                message: "nobody is there to be asked, and nothing was changed",
                hint: "say --yes to do it, or --dry-run to see it only"
            )
        }
        guard ["y", "yes"].contains(answer.lowercased()) else {
            throw OperationError(
                .failed,
                code: .declined,
                message: "nothing was changed",
                hint: "run it again to do it"
            )
        }
    }

    /// Asks a person for a line; `nil` where nobody is there.
    static func ask(_ question: String) -> String? {
        guard isatty(STDIN_FILENO) == 1 else { return nil }
        Self.write(question, to: STDERR_FILENO)
        return readLine()
    }

    /// Asks a person for a line that is not shown while it is typed; `nil` where nobody is there.
    static func askSecret(_ question: String) -> String? {
        guard isatty(STDIN_FILENO) == 1 else { return nil }
        var before = termios()
        guard tcgetattr(STDIN_FILENO, &before) == 0 else { return nil }
        var silent = before
        silent.c_lflag &= ~tcflag_t(ECHO)
        Self.write(question, to: STDERR_FILENO)
        guard tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent) == 0 else { return nil }
        defer {
            tcsetattr(STDIN_FILENO, TCSAFLUSH, &before)
            Self.write("\n", to: STDERR_FILENO)
        }
        return readLine()
    }
}
