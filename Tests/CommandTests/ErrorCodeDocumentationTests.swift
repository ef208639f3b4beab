import ErrorCodes
import Foundation
import Testing

@Suite("The list of codes")
struct ErrorCodeDocumentationTests {
    @Test("Given every code, when the documentation is read, then it lists each once, and no other")
    func complete() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let text = try String(contentsOf: root.appending(path: "docs/errors.md"), encoding: .utf8)
        let listed = text.split(separator: "\n").compactMap { line -> String? in
            guard line.hasPrefix("| `"), let end = line.dropFirst(3).firstIndex(of: "`") else { return nil }
            return String(line.dropFirst(3)[..<end])
        }
        #expect(listed.sorted() == ErrorCode.allCases.map(\.rawValue).sorted())
    }
}
