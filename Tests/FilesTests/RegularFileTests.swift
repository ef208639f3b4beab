import Files
import Foundation
import Testing

@Suite("Files that an operator names")
struct RegularFileTests {
    private static func inFolder(_ body: (String) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "files-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(folder)
    }

    private static func error(_ path: String, limit: Int = 100) -> RegularFileError.Kind? {
        do throws(RegularFileError) {
            _ = try RegularFile.text(path: path, limit: limit)
            return nil
        } catch {
            return error.kind
        }
    }

    @Test("given a file or a link to one, when it is read, then it is what is there, up to the limit")
    func regular() throws {
        try Self.inFolder { folder in
            try "secret\n".write(toFile: folder + "/file", atomically: true, encoding: .utf8)
            try FileManager.default.createSymbolicLink(atPath: folder + "/link", withDestinationPath: folder + "/file")
            #expect(try RegularFile.text(path: folder + "/link", limit: 7) == "secret\n")
            #expect(RegularFile.obstacle(path: folder + "/link") == nil)
            #expect(Self.error(folder + "/file", limit: 6) == .tooLarge(limit: 6))
            try Data([0xFF]).write(to: URL(filePath: folder + "/bytes"))
            #expect(Self.error(folder + "/bytes") == .notText)
        }
    }

    @Test("given a pipe that nobody writes to, a device or a folder, when it is read, then it is refused at once")
    func others() throws {
        try Self.inFolder { folder in
            #expect(mkfifo(folder + "/pipe", 0o600) == 0)
            for path in [folder + "/pipe", folder, "/dev/zero"] {
                #expect(Self.error(path) == .notRegular, "\(path)")
                #expect(RegularFile.obstacle(path: path)?.kind == .notRegular, "\(path)")
            }
            #expect(Self.error(folder + "/none") == .system(ENOENT))
            #expect(RegularFile.obstacle(path: folder + "/none")?.description == "there is no such file")
        }
    }
}
