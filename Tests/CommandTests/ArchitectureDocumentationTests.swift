import Foundation
import Testing

@Suite("The description of the rooms")
struct ArchitectureDocumentationTests {
    @Test("Given the folders of the sources, when the documentation is read, then it has a word for each")
    func folders() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let text = try String(contentsOf: root.appending(path: "docs/architecture.md"), encoding: .utf8)
        let sources = root.appending(path: "Sources").path
        let files = try #require(FileManager.default.enumerator(atPath: sources)).compactMap { $0 as? String }
        let folders = Set(files.filter { $0.hasSuffix(".swift") }.map { ($0 as NSString).deletingLastPathComponent })
        #expect(folders.count > 50)
        for folder in folders.sorted() { #expect(text.contains("`\(folder)`"), "\(folder)") }
    }
}
