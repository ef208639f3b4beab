import Foundation
import Synchronization

/// A file with one number a line, appended to as orders are confirmed or consumed.
struct NumberLog {
    private let handle: FileHandle

    init(path: String) throws {
        if !FileManager.default.fileExists(atPath: path) {
            _ = FileManager.default.createFile(atPath: path, contents: nil)
        }
        handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        try handle.seekToEnd()
    }

    func append(_ numbers: Range<Int>) throws {
        guard !numbers.isEmpty else { return }
        try handle.write(contentsOf: Data(numbers.map { "\($0)\n" }.joined().utf8))
    }

    /// All numbers of a file, in the order in which they were noted; a line that was cut off is left out.
    static func read(_ path: String) throws -> [Int] {
        let text = String(decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)
        return text.split(separator: "\n").compactMap { Int($0) }
    }
}

/// When the last order came.
final class LastSeen: Sendable {
    private let instant: Mutex<ContinuousClock.Instant>

    init(_ instant: ContinuousClock.Instant) { self.instant = Mutex(instant) }

    var value: ContinuousClock.Instant {
        get { instant.withLock { $0 } }
        set { instant.withLock { $0 = newValue } }
    }
}
