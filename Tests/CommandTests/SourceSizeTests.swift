import Foundation
import Testing

@Suite("The size of what is read at a time")
struct SourceSizeTests {
    private static let longestFile = 300
    private static let longestFunction = 60

    /// One table each: what is read in them is a line.
    private static let tables: Set<String> = [
        "AMQP/Methods/ConnectionMethods.swift", "AMQP/Methods/ExchangeMethods.swift",
        "AMQP/Methods/QueueMethods.swift", "ErrorCodes/ErrorCode.swift", "Failover/Checks/Check.swift",
    ]
    private static let tabularFunctions: Set<String> = [
        "AMQP/Methods/Method+ID.swift id", "AMQP/Methods/Method+Wire.swift arguments",
        "AMQP/Methods/Method+Wire.swift readArguments", "AMQP/Methods/MethodID+Methods.swift description",
    ]

    /// A function, an initializer or a computed property, from its first line to its last.
    struct Body: Equatable {
        var name: String
        var line: Int
        var length: Int
    }

    /// The bodies in a text as swift-format leaves it: the closing brace stands where the first line begins.
    static func bodies(in text: String) -> [Body] {
        var open: [Int: (name: String, line: Int)] = [:]
        var found: [Body] = []
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let indentation = line.prefix { $0 == " " }.count
            if line.dropFirst(indentation).first == "}" {
                if let begun = open[indentation] {
                    found.append(Body(name: begun.name, line: begun.line, length: index + 2 - begun.line))
                }
                open = open.filter { $0.key < indentation }
            } else if let name = name(begunBy: line.dropFirst(indentation)) {
                open[indentation] = (name, index + 1)
            }
        }
        return found
    }

    private static let modifiers: Set<Substring> = [
        "package", "public", "private", "fileprivate", "static", "mutating", "nonmutating", "nonisolated", "consuming",
        "convenience", "required", "override", "final", "isolated",
    ]

    /// The name of what a line begins whose body ends on another line.
    private static func name(begunBy line: Substring) -> String? {
        if line.hasSuffix("}"), line.contains("{") { return nil }
        for word in line.split(separator: " ", maxSplits: 8) {
            if word == "func" {
                let rest = line.split(separator: "func ", maxSplits: 1, omittingEmptySubsequences: false).last ?? ""
                return String(rest.prefix { $0 != "(" && $0 != "<" && $0 != " " })
            }
            if word.hasPrefix("init") { return "init" }
            if word == "var" {
                guard line.hasSuffix("{"), !line.contains("=") else { return nil }
                let rest = line.split(separator: "var ", maxSplits: 1, omittingEmptySubsequences: false).last ?? ""
                return String(rest.prefix { $0 != ":" && $0 != " " })
            }
            let isModifier = modifiers.contains(word.prefix { $0 != "(" })
            guard isModifier || word.hasPrefix("@") else { return nil }
        }
        return nil
    }

    private static let sources: [(path: String, text: String)] = {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Sources")
        let files = FileManager.default.enumerator(atPath: root.path)?.compactMap { $0 as? String } ?? []
        return files.filter { $0.hasSuffix(".swift") }.sorted().compactMap { path in
            (try? String(contentsOf: root.appending(path: path), encoding: .utf8)).map { (path, $0) }
        }
    }()

    @Test("Given the sources, when their lines are counted, then no file has more than 300 that is not one table")
    func files() {
        #expect(Self.sources.count > 500)
        for (path, text) in Self.sources where !Self.tables.contains(path) {
            let lines = text.count { $0 == "\n" }
            #expect(lines <= Self.longestFile, "\(path): \(lines) lines")
        }
    }

    @Test(
        "Given the sources, when their functions are measured, then none has more than 60 lines that is not one table"
    )
    func functions() {
        var count = 0
        for (path, text) in Self.sources {
            for body in Self.bodies(in: text) where !Self.tabularFunctions.contains("\(path) \(body.name)") {
                count += 1
                #expect(body.length <= Self.longestFunction, "\(path):\(body.line) \(body.name): \(body.length) lines")
            }
        }
        #expect(count > 3000)
    }

    @Test("Given functions of several shapes, when they are measured, then each has its own lines")
    func measure() {
        let text = """
            struct A {
                func short() -> Int { 1 }
                private static func long(
                    a: Int
                ) async throws -> Int {
                    func inner() {
                        run()
                    }
                    return 1
                }
                var value: Int {
                    1
                }
                init(_ a: Int) {
                    self.a = a
                }
            }
            """
        #expect(
            Self.bodies(in: text) == [
                Body(name: "inner", line: 6, length: 3), Body(name: "long", line: 3, length: 8),
                Body(name: "value", line: 11, length: 3), Body(name: "init", line: 14, length: 3),
            ]
        )
    }
}
