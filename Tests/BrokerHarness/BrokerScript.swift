import Foundation

/// `Scripts/broker`, run as a child process, so that waiting for a node occupies no thread of the test.
enum BrokerScript {
    /// Found from this file, whose folder may be reached through a symbolic link.
    private static let path = URL(filePath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Scripts/broker").path

    /// Runs a verb and returns what it printed.
    ///
    /// - Parameter environment: variables to set beside those of the test process.
    /// - Throws: ``HarnessError`` with the script's output if it fails or takes longer than the deadline.
    @discardableResult
    static func run(
        _ arguments: [String],
        environment: [String: String] = [:],
        within deadline: Duration = .seconds(150)
    ) async throws -> String {
        let child = try ChildProcess.start("/bin/bash", [self.path] + arguments, environment: environment)
        let exit = try await child.wait(within: deadline)
        guard exit == .status(0) else {
            throw HarnessError("broker \(arguments.joined(separator: " ")): \(exit)\n\(child.outputEnd)")
        }
        return try child.output()
    }
}
