import ArgumentParser
import Foundation
import Testing

@testable import ropeway

/// What people read, kept whole in files, so that a change of any word is seen and read.
///
/// `ROPEWAY_WRITE_GOLDEN=1` has the files written anew.
@Suite("What people read")
struct GoldenTests {
    @Test("is for every command the help that was read through")
    func help() throws {
        let commands = Self.commands(below: Ropeway.self)
        let texts = commands.map { command in
            (command._commandName, Ropeway.helpMessage(for: command, columns: 100))
        }
        try Self.compare(texts, with: "help.txt")
    }

    @Test("is for each report the text that was read through")
    func reports() throws {
        try Self.compare(GoldenReports.texts, with: "reports.txt")
    }

    private static func commands(below command: any ParsableCommand.Type) -> [any ParsableCommand.Type] {
        [command] + command.configuration.subcommands.flatMap { commands(below: $0) }
    }

    private static func compare(_ texts: [(title: String, text: String)], with file: String) throws {
        let found = texts.map { "=== \($0.title)\n\($0.text)\n" }.joined(separator: "\n")
        let place = URL(filePath: #filePath).deletingLastPathComponent().appending(path: file)
        if ProcessInfo.processInfo.environment["ROPEWAY_WRITE_GOLDEN"] != nil {
            try found.write(to: place, atomically: true, encoding: .utf8)
        }
        let expected = try String(contentsOf: place, encoding: .utf8)
        let lines = (
            found.split(separator: "\n", omittingEmptySubsequences: false),
            expected.split(separator: "\n", omittingEmptySubsequences: false)
        )
        for (number, (new, old)) in zip(lines.0, lines.1).enumerated() where new != old {
            Issue.record("\(file):\(number + 1): '\(new)' where '\(old)' was read through")
            return
        }
        #expect(lines.0.count == lines.1.count, "\(file) has another number of lines")
    }
}
