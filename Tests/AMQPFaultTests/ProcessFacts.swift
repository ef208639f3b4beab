import Foundation

#if canImport(Glibc)
    import Glibc
#endif

/// What this process has taken from the system.
struct ProcessFacts: Sendable, CustomStringConvertible {
    /// Open file descriptors.
    var descriptors: Int
    /// Resident memory in bytes.
    var residentBytes: Int

    var description: String {
        "\(descriptors) descriptors, \(residentBytes >> 10) KiB resident"
    }

    static func now() -> ProcessFacts {
        let descriptors = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count) ?? 0
        let pages = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ")
        let resident = pages.flatMap { $0.count > 1 ? Int($0[1]) : nil } ?? 0
        return ProcessFacts(descriptors: descriptors, residentBytes: resident * Int(getpagesize()))
    }
}
