import BrokerHarness
import Foundation

/// The program under test.
enum RopewayBinary {
    /// The path that `ROPEWAY_BINARY` gives, else the program that was built beside the test bundle.
    ///
    /// - Throws: ``HarnessError`` where neither is a program.
    static func path() throws -> String {
        if let given = ProcessInfo.processInfo.environment["ROPEWAY_BINARY"] {
            guard FileManager.default.isExecutableFile(atPath: given) else {
                throw HarnessError("ROPEWAY_BINARY names no program: \(given)")
            }
            return given
        }
        var places = CommandLine.arguments.filter { $0.contains(".xctest") || $0 == CommandLine.arguments.first }
        if let executable = Bundle.main.executablePath { places.append(executable) }
        for place in places {
            var folder = URL(filePath: place)
            // The bundle is a file in the folder of the products, or a folder in it, depending on the system.
            for _ in 0..<4 {
                folder.deleteLastPathComponent()
                let candidate = folder.appending(path: "ropeway").path
                var isFolder: ObjCBool = false
                if FileManager.default.fileExists(atPath: candidate, isDirectory: &isFolder), !isFolder.boolValue,
                    FileManager.default.isExecutableFile(atPath: candidate)
                {
                    return candidate
                }
            }
        }
        throw HarnessError("the program 'ropeway' is not beside the tests: build it, or set ROPEWAY_BINARY")
    }
}
