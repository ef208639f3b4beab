import ControlModel
import ErrorCodes
import FoundationEssentials
import RopewayConfiguration
import Testing

@testable import ControlAPI

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

@Suite("The token file")
struct TokenFileTests {
    /// A directory of the test's own, which is removed afterwards.
    private static func withDirectory(_ body: (String) throws -> Void) throws {
        let directory = FileManager.default.temporaryDirectory.path + "/ropeway-token-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try body(directory)
    }

    private static func mode(_ path: String) -> mode_t? {
        var information = stat()
        return stat(path, &information) == 0 ? information.st_mode & 0o777 : nil
    }

    @Test("Given nothing, when a token is obtained, then file and directories are this user's only, under any umask")
    func modes() throws {
        try Self.withDirectory { directory in
            let file = try TokenFile(pair: "orders-dr", environment: ["HOME": directory])
            #expect(file.path == "\(directory)/.local/state/ropeway/orders-dr.token")
            #expect(try file.read() == nil)
            let token = try file.obtain()
            #expect(token.exposed.count == 64)
            #expect(Self.mode(file.path) == 0o600)
            #expect(Self.mode("\(directory)/.local/state/ropeway") == 0o700)
            #expect(try file.read() == token)
            let entries = try FileManager.default.contentsOfDirectory(atPath: "\(directory)/.local/state/ropeway")
            #expect(entries == ["orders-dr.token"])
        }
    }

    @Test("Given a token that is there, when another daemon obtains one, then it is the same; pairs have their own")
    func shared() throws {
        try Self.withDirectory { directory in
            let environment = ["ROPEWAY_STATE": directory]
            let first = try TokenFile(pair: "a", environment: environment).obtain()
            #expect(try TokenFile(pair: "a", environment: environment).obtain() == first)
            #expect(try TokenFile(pair: "b", environment: environment).obtain() != first)
        }
    }

    @Test("Given a file that others can open, a link or a broken one, when it is read, then it is refused")
    func refused() throws {
        try Self.withDirectory { directory in
            let file = try TokenFile(pair: "a", environment: ["ROPEWAY_STATE": directory])
            _ = try file.obtain()
            #expect(chmod(file.path, 0o640) == 0)
            var error = #expect(throws: OperationError.self) { try file.read() }
            #expect(error?.message.contains("other users can open it") == true)

            #expect(chmod(file.path, 0o600) == 0)
            #expect(rename(file.path, "\(directory)/elsewhere") == 0)
            #expect(symlink("\(directory)/elsewhere", file.path) == 0)
            error = #expect(throws: OperationError.self) { try file.read() }
            #expect(error?.code == .tokenFileUnusable)

            #expect(unlink(file.path) == 0)
            #expect(FileManager.default.createFile(atPath: file.path, contents: Data("short\n".utf8)))
            #expect(chmod(file.path, 0o600) == 0)
            error = #expect(throws: OperationError.self) { try file.obtain() }
            #expect(error?.message.contains("it holds no token") == true)
        }
    }

    @Test("Given a directory that others can write to, when a token is obtained, then it is refused")
    func openDirectory() throws {
        try Self.withDirectory { directory in
            #expect(mkdir(directory, 0o700) == 0)
            #expect(chmod(directory, 0o777) == 0)
            let file = try TokenFile(pair: "a", environment: ["ROPEWAY_STATE": directory])
            let error = #expect(throws: OperationError.self) { try file.obtain() }
            #expect(error?.message.contains("other users can write to") == true)
        }
    }

    @Test("Given no place for it, when the file is looked for, then the error says what to set")
    func noPlace() {
        let error = #expect(throws: OperationError.self) { try TokenFile(pair: "a", environment: [:]) }
        #expect(error?.code == .noStateDirectory)
    }

    @Test("Given two tokens, when they are compared, then only equal ones are equal")
    func comparison() {
        let secret = Array("secret".utf8)
        #expect(BearerToken.areEqual(secret, secret))
        for other in ["", "s", "secre", "secretx", "Secret", "secretsecret"] {
            #expect(!BearerToken.areEqual(Array(other.utf8), secret))
        }
        #expect(!BearerToken.areEqual([], []))
    }

    @Test("Given a token, when what guards the API is printed, then the token is not in it")
    func hidden() {
        let token = BearerToken(.literal(Secret("hunter2")))
        var dumped = ""
        dump(token, to: &dumped)
        #expect(!"\(token) \(dumped)".contains("hunter2"))
    }
}
