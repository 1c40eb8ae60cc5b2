package dev.miaopi.advisor

import android.app.Activity
import android.content.ActivityNotFoundException
import android.content.ClipData
import android.content.Intent
import androidx.core.content.FileProvider
import app.tauri.annotation.Command
import app.tauri.annotation.InvokeArg
import app.tauri.annotation.TauriPlugin
import app.tauri.plugin.Invoke
import app.tauri.plugin.Plugin
import java.io.File

@InvokeArg
class Handed {
  lateinit var path: String
  var pdf: Boolean = false
  var shown: Boolean = false
}

// Hands one file to a program that the person chooses, and to no other: src/device/share.rs wrote it into the folder that
// res/xml/file_paths.xml names.
@TauriPlugin
class HandOver(private val activity: Activity) : Plugin(activity) {
  @Command
  fun show(invoke: Invoke) {
    val handed = invoke.parseArgs(Handed::class.java)
    val uri = FileProvider.getUriForFile(activity, "${activity.packageName}.fileprovider", File(handed.path))
    val type = if (handed.pdf) "application/pdf" else "application/octet-stream"
    val intent = if (handed.shown) {
      Intent(Intent.ACTION_VIEW).setDataAndType(uri, type)
    } else {
      Intent(Intent.ACTION_SEND).setType(type).putExtra(Intent.EXTRA_STREAM, uri)
    }
    // Without it the chooser lends the file to nobody.
    intent.clipData = ClipData.newRawUri("", uri)
    intent.addFlags(Intent.FLAG_GRANT_READ_URI_PERMISSION)
    try {
      activity.startActivity(Intent.createChooser(intent, null))
      invoke.resolve()
    } catch (_: ActivityNotFoundException) {
      invoke.reject("nothing on this device takes such a file")
    }
  }
}
