import Foundation
import Testing

@testable import BrokerHarness

@Suite("Scripts/broker, below a root that somebody else may have prepared")
struct BrokerScriptTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "broker-root-\(UUID().uuidString)")

    private func refusal(of verb: [String], root: URL) async throws -> String {
        do {
            let output = try await BrokerScript.run(verb, environment: ["ROPEWAY_BROKERS": root.path])
            Issue.record("it was taken: \(output)")
            return ""
        } catch let error as HarnessError {
            return "\(error)"
        }
    }

    @Test("refuses a link, and a directory of another user", arguments: [["list"], ["start", "a"], ["wipe-all"]])
    func foreignRoot(_ verb: [String]) async throws {
        let files = FileManager.default
        try files.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? files.removeItem(at: folder) }
        let link = folder.appending(path: "link")
        try files.createSymbolicLink(at: link, withDestinationURL: folder)
        #expect(try await refusal(of: verb, root: link).contains("is a symbolic link"))
        // `/` is root's. Who is root gives one away.
        var foreign = URL(filePath: "/")
        if getuid() == 0 {
            foreign = folder.appending(path: "foreign")
            try files.createDirectory(at: foreign, withIntermediateDirectories: true)
            try files.setAttributes([.ownerAccountID: 65_534], ofItemAtPath: foreign.path)
        }
        #expect(try await refusal(of: verb, root: foreign).contains("is not a directory of this user"))
    }

    @Test("runs nothing of what a file there says")
    func preparedSettings() async throws {
        let files = FileManager.default
        let node = folder.appending(path: "a")
        try files.createDirectory(at: node, withIntermediateDirectories: true)
        defer { try? files.removeItem(at: folder) }
        let trace = folder.appending(path: "trace")
        try "AMQP_PORT=$(touch \(trace.path))\ntouch \(trace.path)\n"
            .write(to: node.appending(path: "ports"), atomically: true, encoding: .utf8)
        #expect(try await refusal(of: ["env", "a"], root: folder).contains("is not as it was written"))
        #expect(!files.fileExists(atPath: trace.path))
    }
}
