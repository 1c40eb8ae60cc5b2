package dev.miaopi.advisor

import android.os.Bundle
import android.os.Environment
import android.view.WindowManager
import androidx.activity.enableEdgeToEdge
import java.io.File

class MainActivity : TauriActivity() {
  override fun onCreate(savedInstanceState: Bundle?) {
    // The screens show people's identity cards: no screenshot or recording takes them, the list of recent apps does not
    // show them, and no screen they are cast to does.
    window.setFlags(WindowManager.LayoutParams.FLAG_SECURE, WindowManager.LayoutParams.FLAG_SECURE)
    removeReadableFiles()
    enableEdgeToEdge()
    super.onCreate(savedInstanceState)
  }

  override fun onDestroy() {
    if (isFinishing) removeReadableFiles()
    super.onDestroy()
  }

  // The web view has the system's camera write each photo into the first folder, unencrypted, and leaves it there. The page
  // read it at once; whoever waited for it is gone when the activity begins or ends. In the second lies what a person handed
  // to another program.
  private fun removeReadableFiles() {
    getExternalFilesDir(Environment.DIRECTORY_PICTURES)?.listFiles()?.forEach { it.delete() }
    File(cacheDir, "handed").listFiles()?.forEach { it.delete() }
  }
}
