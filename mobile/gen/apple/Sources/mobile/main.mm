#import <Foundation/Foundation.h>

#include "bindings/bindings.h"

// What the app keeps is people's identity data: no copy of it goes into a backup. A folder's mark holds for all that comes
// into it. The folder is tauri's app_local_data_dir, and this runs before anything is written there.
static void keepOutOfBackups() {
    NSFileManager *files = [NSFileManager defaultManager];
    NSURL *support = [files URLForDirectory:NSApplicationSupportDirectory
                                   inDomain:NSUserDomainMask
                          appropriateForURL:nil
                                     create:YES
                                      error:nil];
    NSURL *folder = [support URLByAppendingPathComponent:@"dev.miaopi.advisor" isDirectory:YES];
    [files createDirectoryAtURL:folder withIntermediateDirectories:YES attributes:nil error:nil];
    [folder setResourceValue:@YES forKey:NSURLIsExcludedFromBackupKey error:nil];
}

int main(int argc, char *argv[]) {
    @autoreleasepool {
        keepOutOfBackups();
    }
    ffi::start_app();
    return 0;
}
