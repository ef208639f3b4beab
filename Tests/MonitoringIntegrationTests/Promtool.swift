import BrokerHarness
import Foundation
import RopewayHarness

/// Prometheus' own tool for checking metrics and rules.
enum Promtool {
    /// Runs it in a folder.
    ///
    /// - Parameter input: what it reads from standard input.
    /// - Throws: ``HarnessError`` with what it said, where it did not exit with 0.
    static func run(_ arguments: [String], in folder: URL, input: String = "") async throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "promtool-\(UUID().uuidString)")
        try input.write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        let child = try ChildProcess.start(
            "/bin/sh",
            ["-c", #"cd "$1" && file="$2" && shift 2 && exec promtool "$@" <"$file""#, "sh", folder.path, file.path]
                + arguments
        )
        let exit = try await child.wait(within: .seconds(60))
        guard exit == .status(0) else {
            throw HarnessError(
                "promtool \(arguments.joined(separator: " ")): \(exit)\n\(try child.output())\(try child.errorOutput())"
            )
        }
    }

    /// The alert rules of this repository.
    static var rules: URL {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Config/prometheus")
    }
}
