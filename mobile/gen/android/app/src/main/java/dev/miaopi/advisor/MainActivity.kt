package dev.miaopi.advisor

import android.os.Bundle
import android.os.Environment
import android.view.WindowManager
import androidx.activity.enableEdgeToEdge

class MainActivity : TauriActivity() {
  override fun onCreate(savedInstanceState: Bundle?) {
    // The screens show people's identity cards: no screenshot or recording takes them, the list of recent apps does not
    // show them, and no screen they are cast to does.
    window.setFlags(WindowManager.LayoutParams.FLAG_SECURE, WindowManager.LayoutParams.FLAG_SECURE)
    removeCameraFiles()
    enableEdgeToEdge()
    super.onCreate(savedInstanceState)
  }

  override fun onDestroy() {
    if (isFinishing) removeCameraFiles()
    super.onDestroy()
  }

  // The web view has the system's camera write each photo into this folder, unencrypted, and leaves it there. The page read
  // it at once; whoever waited for it is gone when the activity begins or ends.
  private fun removeCameraFiles() {
    getExternalFilesDir(Environment.DIRECTORY_PICTURES)?.listFiles()?.forEach { it.delete() }
  }
}
