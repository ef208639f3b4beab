import RopewayConfiguration
import Testing

@Suite("Broken configurations")
struct BrokenConfigurationTests {
    @Test(
        "given one mistake, when the file is read, then exactly it is reported with its line and key",
        arguments: BrokenConfiguration.all
    )
    func reportsTheMistake(_ broken: BrokenConfiguration) {
        let problems = Sample.problems(Sample.replacing(line: broken.line, with: broken.replacement))

        #expect(problems.count == 1, "\(problems)")
        for problem in problems.prefix(1) {
            #expect(problem.file == "pair.yaml")
            #expect(problem.line == broken.problemLine, "\(problem)")
            #expect(problem.key == broken.key, "\(problem)")
            #expect("\(problem)".contains(broken.message), "\(problem)")
            #expect(!problem.hint.isEmpty, "\(problem)")
        }
    }

    @Test("given several mistakes, when the file is read, then all are reported in the order of the file")
    func reportsAllAtOnce() {
        let problems = Sample.problems(
            """
            pair: A
            active: dc9
            sites:
              dc1: {amqp: [amqp://h], management: [], username: a, password: {env: DC1_PASSWORD}}
              dc2:
                amqp: [amqp://h]
                amqp: [amqp://i]
                username: 1
                password: [x]
            routes:
              - {name: r, exchange: e, standby: {ttl: 1, hold: 2}}
              - {name: r, exchange: e, bindings: 3}
            budgets: {}
            """
        )
        #expect(
            problems.map { "\($0.line): \($0.key)" } == [
                "1: pair", "2: active", "4: sites.dc1.management", "5: sites.dc2.management", "7: sites.dc2.amqp",
                "8: sites.dc2.username", "9: sites.dc2.password", "11: routes[0].standby.ttl",
                "11: routes[0].standby.hold", "12: routes[1].name", "12: routes[1].exchange", "12: routes[1].bindings",
                "13: budgets",
            ]
        )
    }

    @Test("given one site or three, when the file is read, then the number is reported", arguments: [1, 3])
    func countsSites(count: Int) {
        let site = "{amqp: [amqp://h], management: [http://h], username: a, password: {env: DC1_PASSWORD}}"
        let sites = (1...count).map { "  s\($0): \(site)\n" }.joined()
        let problems = Sample.problems("pair: a\nactive: s1\nsites:\n\(sites)")
        #expect(problems.map(\.key) == ["sites"])
        #expect(problems.first?.message == "has \(count) sites")
    }

    @Test("given a site's name in capitals, when the file is read, then it is reported beside what refers to it")
    func siteName() {
        let problems = Sample.problems(Sample.replacing(line: 4, with: "DC1:"))
        #expect(problems.map(\.key) == ["active", "sites.DC1", "shovels[0].source.site"])
    }

    @Test(
        "given no document at all, when it is read, then one problem on line 1 says so",
        arguments: ["", "\n\n# only a comment\n", "~", "just text", "[]", "- a"]
    )
    func emptyDocuments(text: String) {
        let problems = Sample.problems(text)
        #expect(problems.count == 1)
        #expect(problems.first?.key == "")
    }

    @Test("given a file that is too large, when it is read, then it is refused")
    func boundsTheSize() {
        let text = "# " + String(repeating: "x", count: PairConfiguration.longestFile)
        #expect(Sample.problems(text).map(\.message) == ["the file has more than 1 MiB"])
    }

    @Test(
        "given a megabyte of one key, when the file is read, then it is refused in an instant",
        .timeLimit(.minutes(1))
    )
    func boundsDuplicates() {
        let problems = Sample.problems(String(repeating: "a: 1\n", count: PairConfiguration.longestFile / 5))
        #expect(!problems.isEmpty)
    }

    @Test("given aliases of aliases, when the file is read, then it is refused instead of expanded")
    func boundsAliases() {
        var few = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n"
        for level in 1...8 {
            few += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n"
        }
        var many = few
        for level in 9...40 {
            many += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n"
        }
        many += "? *a40\n: x\n"
        #expect(Sample.problems(few).count > 0)
        #expect(Sample.problems(many).map(\.message) == ["has more than 16 aliases"])
    }

    @Test(
        "given deep nesting, when the file is read, then it is an error and no crash",
        arguments: ["[", "{a: ", "- ", "? ", "a: {b: ["]
    )
    func boundsDepth(piece: String) {
        #expect(Sample.problems(String(repeating: piece, count: 20_000)).count == 1)
    }

    @Test("given a file with too many values, when it is read, then it is refused")
    func boundsValues() {
        let text = "routes: [" + String(repeating: "1,", count: 150_000) + "]"
        #expect(Sample.problems(text).map(\.message) == ["has more than 100000 values"])
    }

    @Test("given Windows line breaks and a byte order mark, when the file is read, then lines are counted all the same")
    func countsLines() {
        let good = "\u{FEFF}" + Sample.text.split(separator: "\n").joined(separator: "\r\n")
        #expect(Sample.problems(good).isEmpty)
        let broken = Sample.replacing(line: 22, with: "standby: {ttl: x}").split(separator: "\n")
        #expect(Sample.problems(broken.joined(separator: "\r\n")).map(\.line) == [22])
    }

    @Test("given every prefix of a good file, when it is read, then it is read or refused, never a crash")
    func prefixes() {
        for end in Sample.text.indices {
            _ = Sample.problems(String(Sample.text[..<end]))
        }
    }

    @Test("given any value replaced by any other kind, when the file is read, then it is read or refused with reasons")
    func mutations() {
        let values = [
            "", "~", "x", "7", "-1.5", "true", "[]", "[x]", "[[]]", "{}", "{x: y}", "{since: 1h}", "\"\"", "!t x",
        ]
        let lines = Sample.text.split(separator: "\n")
        for (index, line) in lines.enumerated() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let key = line[...colon].drop { $0 == " " }
            for value in values {
                _ = Sample.problems(Sample.replacing(line: index + 1, with: "\(key) \(value)"))
            }
            _ = Sample.problems(Sample.replacing(line: index + 1, with: ""))
            for part in line.split(whereSeparator: { "{}[],".contains($0) }) {
                for value in values {
                    let key = part.prefix { $0 != ":" }
                    _ = Sample.problems(Sample.text.replacing(part, with: "\(key): \(value)"))
                }
            }
        }
    }

    @Test("given two sites that are one virtual host of one broker, when the file is read, then it is refused")
    func sameSite() {
        let text = Sample.replacing(line: 13, with: "amqp: [amqp://elsewhere, amqp://127.0.0.1]")
        #expect(Sample.problems(text).map { "\($0.line): \($0.key)" } == ["13: sites.dc2.amqp"])
        let other = text.replacing("  dc2:\n", with: "  dc2:\n    vhost: other\n")
        #expect(Sample.problems(other).isEmpty)
    }

    /// How a megabyte of YAML repeats keys.
    enum Repetition: CaseIterable {
        case oneKey, pairs, inMappings, pairsInFlow, oneKeyInFlow

        var text: String {
            switch self {
            case .oneKey: String(repeating: "a: 1\n", count: 209_000)
            case .pairs: (0..<90_000).map { "k\($0 / 2): 1\n" }.joined()
            case .inMappings: (0..<45_000).map { "k\($0): {a: 1, a: 1}\n" }.joined()
            case .pairsInFlow: "x: {" + (0..<90_000).map { "k\($0 / 2): 1, " }.joined() + "z: 1}\n"
            case .oneKeyInFlow: "x: {" + String(repeating: "a: 1, ", count: 170_000) + "z: 1}\n"
            }
        }
    }

    @Test(
        "given a megabyte with duplicate keys, when the file is read, then it does not take minutes, and some are told",
        .timeLimit(.minutes(1)),
        arguments: Repetition.allCases
    )
    func duplicatesInMuch(repetition: Repetition) {
        let problems = Sample.problems(repetition.text)
        #expect(!problems.isEmpty)
        #expect(Set(problems.map(\.line)).count == problems.count)
    }

    @Test("given a file that is not there, when it is loaded, then the error names it")
    func missingFile() {
        let error = #expect(throws: ConfigurationErrors.self) {
            _ = try PairConfiguration.load(path: "/no/such/ropeway.yaml")
        }
        #expect(
            error?.description.hasPrefix("/no/such/ropeway.yaml:1: the file can't be used: there is no such file")
                == true
        )
    }

    @Test("given a problem, when it is printed, then it is file:line: key: wrong; right")
    func description() {
        let problem = ConfigurationProblem(
            file: "f.yaml",
            line: 3,
            column: 2,
            key: "a.b",
            message: "is wrong",
            hint: "this is right"
        )
        #expect("\(problem)" == "f.yaml:3: a.b: is wrong; this is right")
        #expect("\(ConfigurationErrors(problems: [problem, problem]))".split(separator: "\n").count == 2)
    }
}
