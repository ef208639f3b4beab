import Foundation
import Testing

/// The articles show code that is compiled and run elsewhere; here is the proof that it is the same.
@Suite("The articles of the library")
struct ArticleCodeTests {
    private static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    private static func files(_ folder: String, _ ending: String) throws -> [URL] {
        try FileManager.default.contentsOfDirectory(
            at: root.appendingPathComponent(folder),
            includingPropertiesForKeys: nil
        ).filter { $0.lastPathComponent.hasSuffix(ending) }
    }

    /// Without the indentation, which depends on where the code stands.
    private static func lines(_ text: some StringProtocol) -> [String] {
        text.split(separator: "\n", omittingEmptySubsequences: true)
            .map { $0.trimmingCharacters(in: .whitespaces) }
            .filter { !$0.isEmpty }
    }

    /// The blocks of Swift in an article.
    private static func blocks(_ article: String) -> [[String]] {
        article.components(separatedBy: "```swift\n").dropFirst().map { part in
            lines(part.components(separatedBy: "\n```").first ?? "")
        }
    }

    @Test("given each block of code, then it stands as it is in an example or in a test")
    func code() throws {
        let sources = try
            (Self.files("Examples/amqp-worker/Worker", ".swift")
            + Self.files("Tests/AMQPIntegrationTests/Articles", ".swift"))
            .map { "\n" + Self.lines(try String(contentsOf: $0, encoding: .utf8)).joined(separator: "\n") + "\n" }
        var count = 0
        for article in try Self.files("Sources/AMQP/AMQP.docc", ".md") {
            // The landing page shows how it looks in a few lines; those of its symbols are compiled in the articles.
            guard article.lastPathComponent != "AMQP.md" else { continue }
            for block in Self.blocks(try String(contentsOf: article, encoding: .utf8)) {
                count += 1
                let text = "\n" + block.joined(separator: "\n") + "\n"
                #expect(
                    sources.contains { $0.contains(text) },
                    "\(article.lastPathComponent) shows code that is nowhere: \(block.first ?? "")"
                )
            }
        }
        #expect(count > 10)
    }
}
