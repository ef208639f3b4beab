import Dispatch
import Foundation
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Reads files that an operator named: regular files only, up to a bound and within a time, so that a pipe, a device or
/// a mount that hangs can't hold or fill the process.
public enum RegularFile {
    /// How long a file may take to be read.
    public static let patience = Duration.seconds(5)
    /// Reads that may hang at once; each holds a thread for as long as the mount hangs.
    private static let mostReads = 32
    private static let reads = Atomic(0)

    /// The bytes of a file.
    ///
    /// - Parameters:
    ///   - path: the file; a symbolic link is followed.
    ///   - limit: the most bytes that it may have.
    ///   - patience: how long it is waited for.
    /// - Throws: ``RegularFileError`` when it can't be opened or read, is no regular file, is larger, or takes longer.
    public static func read(
        path: String,
        limit: Int,
        patience: Duration = Self.patience
    ) throws(RegularFileError) -> [UInt8] {
        try attempt(patience) { readAtOnce(path: path, limit: limit) }.get()
    }

    /// The text of a file.
    ///
    /// - Throws: ``RegularFileError``, also when it is not UTF-8.
    public static func text(
        path: String,
        limit: Int,
        patience: Duration = Self.patience
    ) throws(RegularFileError) -> String {
        let bytes = try read(path: path, limit: limit, patience: patience)
        guard let text = String(validating: bytes, as: UTF8.self) else { throw RegularFileError(.notText) }
        return text
    }

    /// Why a file can't be opened for reading, or `nil` if it can.
    public static func obstacle(path: String, patience: Duration = Self.patience) -> RegularFileError? {
        do throws(RegularFileError) {
            _ = try attempt(patience) { opened(path).map { close($0) } }.get()
            return nil
        } catch {
            return error
        }
    }

    /// Does something that may hang in the kernel, where nothing can end it, on a thread that can be left behind.
    private static func attempt<Value: Sendable>(
        _ patience: Duration,
        _ body: @escaping @Sendable () -> Result<Value, RegularFileError>
    ) throws(RegularFileError) -> Result<Value, RegularFileError> {
        let outcome = Outcome<Value>()
        guard reads.add(1, ordering: .relaxed).newValue <= mostReads else {
            reads.subtract(1, ordering: .relaxed)
            throw RegularFileError(.hangs)
        }
        Thread.detachNewThread {
            outcome.set(body())
            reads.subtract(1, ordering: .relaxed)
        }
        guard let result = outcome.wait(patience) else { throw RegularFileError(.hangs) }
        return result
    }

    private static func readAtOnce(path: String, limit: Int) -> Result<[UInt8], RegularFileError> {
        let descriptor: Int32
        switch opened(path) {
        case .success(let found): descriptor = found
        case .failure(let error): return .failure(error)
        }
        defer { _ = close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = chunk.withUnsafeMutableBytes { systemRead(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                return .failure(RegularFileError(.system(errno)))
            }
            if count == 0 { return .success(bytes) }
            bytes += chunk.prefix(count)
            if bytes.count > limit { return .failure(RegularFileError(.tooLarge(limit: limit))) }
        }
    }

    private static func opened(_ path: String) -> Result<Int32, RegularFileError> {
        // A pipe that nobody writes to is opened at once with O_NONBLOCK; on regular files it has no effect.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else { return .failure(RegularFileError(.system(errno))) }
        var information = stat()
        guard fstat(descriptor, &information) == 0 else {
            let code = errno
            _ = close(descriptor)
            return .failure(RegularFileError(.system(code)))
        }
        guard information.st_mode & S_IFMT == S_IFREG else {
            _ = close(descriptor)
            return .failure(RegularFileError(.notRegular))
        }
        return .success(descriptor)
    }
}

/// What a thread that may be left behind has to tell.
private final class Outcome<Value: Sendable>: Sendable {
    private let result = Mutex<Result<Value, RegularFileError>?>(nil)
    private let isSet = DispatchSemaphore(value: 0)

    func set(_ value: Result<Value, RegularFileError>) {
        result.withLock { $0 = value }
        isSet.signal()
    }

    func wait(_ patience: Duration) -> Result<Value, RegularFileError>? {
        let (seconds, attoseconds) = patience.components
        let limit = DispatchTime.now() + .seconds(Int(seconds)) + .nanoseconds(Int(attoseconds / 1_000_000_000))
        guard isSet.wait(timeout: limit) == .success else { return nil }
        return result.withLock { $0 }
    }
}

private func systemRead(_ descriptor: Int32, _ buffer: UnsafeMutableRawPointer?, _ count: Int) -> Int {
    read(descriptor, buffer, count)
}
