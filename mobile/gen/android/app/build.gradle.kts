import java.util.Properties
import org.jetbrains.kotlin.gradle.dsl.JvmTarget

plugins {
    id("com.android.application")
    id("org.jetbrains.kotlin.android")
    id("rust")
}

val tauriProperties = Properties().apply {
    val propFile = file("tauri.properties")
    if (propFile.exists()) {
        propFile.inputStream().use { load(it) }
    }
}

// The Tauri CLI writes the version there only when tauri.conf.json has one. Otherwise the workspace's is taken, and the
// code is made from it as the CLI does.
val workspaceVersion = Regex("(?m)^version = \"((\\d+)\\.(\\d+)\\.(\\d+))\"$")
    .find(rootProject.file("../../../Cargo.toml").readText())
    ?: throw GradleException("the workspace's Cargo.toml has no version")
val (ownName, major, minor, patch) = workspaceVersion.destructured
val ownCode = major.toInt() * 1_000_000 + minor.toInt() * 1_000 + patch.toInt()

android {
    compileSdk = 37
    namespace = "dev.miaopi.advisor"
    defaultConfig {
        applicationId = "dev.miaopi.advisor"
        // From Android 8 the web view draws the page in a process of its own, apart from ours, which holds the database's
        // key. The icon is drawn from there on, too, and needs no pictures.
        minSdk = 26
        targetSdk = 37
        versionCode = tauriProperties.getProperty("tauri.android.versionCode", ownCode.toString()).toInt()
        versionName = tauriProperties.getProperty("tauri.android.versionName", ownName)
    }
    buildTypes {
        getByName("debug") {
            isDebuggable = true
            isJniDebuggable = true
            isMinifyEnabled = false
            packaging {
                jniLibs.keepDebugSymbols.add("*/arm64-v8a/*.so")
                jniLibs.keepDebugSymbols.add("*/armeabi-v7a/*.so")
                jniLibs.keepDebugSymbols.add("*/x86/*.so")
                jniLibs.keepDebugSymbols.add("*/x86_64/*.so")
            }
        }
        getByName("release") {
            optimization {
               enable = true
            }
            proguardFiles(
                *fileTree(".") {
                  include("**/*.pro")
                  exclude("build/**")
                }.files.toTypedArray()
            )
        }
    }
    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_1_8
        targetCompatibility = JavaVersion.VERSION_1_8
    }
    buildFeatures {
        buildConfig = true
    }
}

kotlin {
    compilerOptions {
        jvmTarget = JvmTarget.JVM_1_8
    }
}

rust {
    rootDirRel = "../../../"
}

dependencies {
    implementation("androidx.webkit:webkit:1.14.0")
    implementation("androidx.appcompat:appcompat:1.7.1")
    implementation("androidx.activity:activity-ktx:1.10.1")
    implementation("com.google.android.material:material:1.12.0")
    implementation("androidx.lifecycle:lifecycle-process:2.10.0")
}

apply(from = file("tauri.build.gradle.kts"))
