import Fuzzing

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The target that `ROPEWAY_FUZZ_TARGET` names.
private let target: FuzzTarget = {
    let name = getenv("ROPEWAY_FUZZ_TARGET").map { String(cString: $0) } ?? ""
    guard let target = FuzzTarget(rawValue: name) else {
        let names = FuzzTarget.allCases.map(\.rawValue).joined(separator: ", ")
        fatalError("ROPEWAY_FUZZ_TARGET is '\(name)'; give one of \(names)")
    }
    return target
}()

/// Called by libFuzzer with each input that it makes.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    do throws(FuzzFinding) {
        try target.run(Array(UnsafeBufferPointer(start: start, count: count)))
    } catch {
        // libFuzzer takes the end of the process for a find and keeps the input.
        fatalError("\(error)")
    }
    return 0
}
